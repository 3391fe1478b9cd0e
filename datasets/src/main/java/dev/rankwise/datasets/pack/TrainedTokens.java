package dev.rankwise.datasets.pack;

import dev.rankwise.datasets.chat.TextSpan;
import dev.rankwise.models.failure.InternalException;
import dev.rankwise.models.tokenizer.TextEncoding;
import java.io.Serializable;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * The tokens of one text, each with whether the loss is taken on it.
 *
 * <p>The first token is never a target, since nothing predicts it.
 *
 * @param ids token ids, (tokens)
 * @param trained whether each token is trained on, (tokens)
 * @param pictures the pictures whose patches are some of the tokens, by their first ones
 */
public record TrainedTokens(int[] ids, boolean[] trained, List<SequencePicture> pictures)
    implements Serializable {
  public TrainedTokens {
    pictures = SequencePicture.inOrder(pictures, ids.length);
    if (ids.length != trained.length) {
      throw new InternalException(
          "Invalid tokens: %s ids and %s flags (must be as many)"
              .formatted(ids.length, trained.length));
    }
    ids = ids.clone();
    trained = trained.clone();
  }

  /** Tokens of a text without pictures. */
  public TrainedTokens(int[] ids, boolean[] trained) {
    this(ids, trained, List.of());
  }

  /**
   * The tokens of a text. A token is trained on if any of its characters lies in one of the spans:
   * a token that joins the end of a prompt to the start of an answer is the answer's first.
   *
   * @param encoding the text's tokens with their characters
   * @param spans parts of the text that are trained on, in order, none over another
   */
  public static TrainedTokens of(TextEncoding encoding, List<TextSpan> spans) {
    boolean[] trained = new boolean[encoding.length()];
    int span = 0;
    for (int token = 0; token < trained.length; token++) {
      int start = encoding.start(token);
      int end = Math.max(encoding.end(token), start + 1);
      while (span < spans.size() && spans.get(span).end() <= start) {
        span++;
      }
      trained[token] =
          !encoding.isInserted(token) && span < spans.size() && spans.get(span).start() < end;
    }
    return new TrainedTokens(encoding.ids(), trained);
  }

  @Override
  public int[] ids() {
    return ids.clone();
  }

  @Override
  public boolean[] trained() {
    return trained.clone();
  }

  /** Number of tokens. */
  public int length() {
    return ids.length;
  }

  /** Number of tokens that the loss is taken on. */
  public int targets() {
    int targets = 0;
    for (int token = 1; token < trained.length; token++) {
      targets += trained[token] ? 1 : 0;
    }
    return targets;
  }

  /** These tokens, which hold no picture, in pieces. */
  public List<TrainedTokens> cut(Truncation truncation, int maximum) {
    return cut(truncation, maximum, 1);
  }

  /**
   * These tokens in pieces of at most {@code maximum} tokens: themselves if they fit, none if they
   * are to be dropped. A picture that does not lie in one piece whole is in none.
   *
   * @param patches tokens of a picture
   */
  public List<TrainedTokens> cut(Truncation truncation, int maximum, int patches) {
    if (ids.length <= maximum) {
      return List.of(this);
    }
    return switch (truncation) {
      case RIGHT -> List.of(part(0, maximum, patches));
      case LEFT -> List.of(part(ids.length - maximum, ids.length, patches));
      case DROP -> List.of();
      case SPLIT -> {
        List<TrainedTokens> parts = new ArrayList<>();
        for (int start = 0; start < ids.length; start += maximum) {
          parts.add(part(start, Math.min(start + maximum, ids.length), patches));
        }
        yield parts;
      }
    };
  }

  private TrainedTokens part(int from, int to, int patches) {
    return new TrainedTokens(
        Arrays.copyOfRange(ids, from, to),
        Arrays.copyOfRange(trained, from, to),
        pictures.stream()
            .filter(picture -> picture.first() >= from && picture.first() + patches <= to)
            .map(picture -> picture.later(-from))
            .toList());
  }

  @Override
  public boolean equals(Object other) {
    return other instanceof TrainedTokens that
        && Arrays.equals(ids, that.ids)
        && Arrays.equals(trained, that.trained)
        && pictures.equals(that.pictures);
  }

  @Override
  public int hashCode() {
    return 31 * Arrays.hashCode(ids) + Arrays.hashCode(trained);
  }

  @Override
  public String toString() {
    return "TrainedTokens[tokens=" + ids.length + ", targets=" + targets() + "]";
  }
}
