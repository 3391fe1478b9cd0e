package dev.rankwise.models.generation;

import dev.rankwise.models.random.SeededStream;
import dev.rankwise.models.tokenizer.DecodedStream;
import dev.rankwise.models.tokenizer.SpecialTokens;
import dev.rankwise.models.tokenizer.Tokenizer;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.List;
import java.util.Optional;

/** One text as it grows: its tokens, its characters, its draws and its end. */
final class GrowingText {
  private final int prompt;
  private final long number;
  private final int mostTokens;
  private final Finish atMost;
  private final GenerationSettings settings;
  private final TextListener listener;
  private final Optional<DecodedStream> characters;
  private final StopTexts stops;
  private final BitSet seen = new BitSet();
  private final List<Integer> tokens = new ArrayList<>();
  private final StringBuilder text = new StringBuilder();
  private Finish finish;

  /**
   * @param prompt index of the prompt
   * @param number tells this text's draws from others'
   * @param ids its tokens
   * @param context longest sequence that the base takes
   */
  GrowingText(
      int prompt,
      long number,
      int[] ids,
      int context,
      GenerationSettings settings,
      Optional<Tokenizer> tokenizer,
      TextListener listener) {
    this.prompt = prompt;
    this.number = number;
    this.settings = settings;
    this.listener = listener;
    int room = context - ids.length;
    this.mostTokens = Math.min(room, settings.maximumNewTokens());
    this.atMost = room < settings.maximumNewTokens() ? Finish.CONTEXT : Finish.LENGTH;
    this.characters = tokenizer.map(it -> new DecodedStream(it, SpecialTokens.LEFT_OUT));
    this.stops = new StopTexts(settings.stopTexts());
    for (int id : ids) {
      // A patch is no token that could come again.
      if (id >= 0) {
        seen.set(id);
      }
    }
  }

  /** The next token by its scores. A draw depends on seed, number and place in the text alone. */
  int choose(float[] scores) {
    Candidates candidates = Candidates.of(scores, seen, settings.sampling());
    if (!settings.sampling().draws()) {
      return candidates.at(0);
    }
    long place = (number << Integer.SIZE) | tokens.size();
    return candidates.at(new SeededStream(settings.seed(), place).nextDouble());
  }

  /** Takes the next token, gives out what text it settles, and ends where it must. */
  void take(int id) {
    tokens.add(id);
    seen.set(id);
    if (settings.endIds().contains(id)) {
      end(Finish.END);
      return;
    }
    characters.ifPresent(stream -> grow(stops.add(stream.add(id))));
    if (stops.found()) {
      finish = Finish.STOP;
    } else if (tokens.size() == mostTokens) {
      end(atMost);
    }
  }

  boolean hasEnded() {
    return finish != null;
  }

  Generated generated() {
    return new Generated(tokens, text.toString(), finish);
  }

  private void end(Finish reason) {
    characters.ifPresent(stream -> grow(stops.add(stream.finish())));
    grow(stops.finish());
    finish = stops.found() ? Finish.STOP : reason;
  }

  private void grow(String piece) {
    if (!piece.isEmpty()) {
      text.append(piece);
      listener.grown(prompt, piece);
    }
  }
}
