package dev.rankwise.jobs.generate;

import dev.rankwise.datasets.chat.Conversation;
import dev.rankwise.datasets.chat.UnusableRow;
import dev.rankwise.datasets.prompt.PictureMarks;
import dev.rankwise.datasets.prompt.PromptTokens;
import dev.rankwise.models.failure.DataException;
import dev.rankwise.models.failure.UserInputException;
import dev.rankwise.models.tokenizer.Tokenizer;
import dev.rankwise.models.vision.Picture;
import dev.rankwise.models.vision.PicturedPrompt;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.Optional;

/**
 * Prompts as users give them, to token ids.
 *
 * @param tokens empty where the base has no tokenizer: then prompts are ids
 * @param sight how pictures are seen; empty where none are
 */
record PromptEncoder(Optional<PromptTokens> tokens, Optional<Sight> sight) {

  /**
   * The encoder of a base.
   *
   * @param format as {@link PromptTokens#of(Path, Tokenizer, Optional)} takes it
   */
  static PromptEncoder of(
      Path base, Optional<Tokenizer> tokenizer, Optional<String> format, Optional<Sight> sight) {
    return new PromptEncoder(tokenizer.map(it -> PromptTokens.of(base, it, format)), sight);
  }

  /**
   * The tokens and the pictures of a prompt.
   *
   * @param number its place among the prompts, from 1, for messages
   * @param output what the prompt is put to, for messages
   */
  PicturedPrompt encode(Prompt prompt, int number, String output) {
    if (sight.isEmpty() && !prompt.images().isEmpty()) {
      throw new UserInputException(
          ("Cannot show the pictures of prompt %s to the model for output \"%s\": it reads texts"
                  + " alone; name an adapter of method vora, or the folder vision/ of a merged model by --adapter"
                  + " NAME=FOLDER, or leave the pictures out")
              .formatted(number, output));
    }
    int[] ids = ids(prompt, number, output);
    List<Picture> pictures = sight.map(it -> it.read(prompt.images())).orElseGet(List::of);
    return new PicturedPrompt(ids, pictures);
  }

  private int[] ids(Prompt prompt, int number, String output) {
    if (prompt.content() instanceof Prompt.Ids given) {
      return given.ids().stream().mapToInt(Integer::intValue).toArray();
    }
    PromptTokens known =
        tokens.orElseThrow(
            () ->
                new UserInputException(
                    ("Cannot read prompt %s: the base has no tokenizer; put its tokenizer.json into"
                            + " its folder, or give token ids")
                        .formatted(number)));
    if (prompt.content() instanceof Prompt.Text given && given.text().isBlank()) {
      throw new UserInputException(
          "Cannot go on after prompt %s: it is empty (write something into it)".formatted(number));
    }
    try {
      return sight.isPresent()
          ? seen(prompt, known, number, output, sight.get().marks())
          : prompt.content() instanceof Prompt.Text given
              ? known.of(given.text())
              : known.of(conversation(prompt, known, number, output));
    } catch (UnusableRow e) {
      throw new DataException(
          "Cannot put prompt %s to the model: the chat format has no place for it (%s); mend it or name"
                  .formatted(number, e.reason().name().toLowerCase(Locale.ROOT).replace('_', ' '))
              + " another --chat-format",
          e);
    }
  }

  /** Pictures stand where their marks are, or before all else. */
  private static int[] seen(
      Prompt prompt, PromptTokens known, int number, String output, PictureMarks marks) {
    int pictures = prompt.images().size();
    if (prompt.content() instanceof Prompt.Text given) {
      String text =
          PictureMarks.placed(given.text(), pictures)
              .orElseThrow(() -> misfit(number, PictureMarks.count(given.text()), pictures));
      return known.of(text, marks);
    }
    Conversation turns = conversation(prompt, known, number, output);
    int places = turns.turns().stream().mapToInt(turn -> PictureMarks.count(turn.text())).sum();
    return known.of(
        PictureMarks.placed(turns, pictures).orElseThrow(() -> misfit(number, places, pictures)),
        marks);
  }

  private static UserInputException misfit(int number, int marks, int pictures) {
    return new UserInputException(
        ("Prompt %s marks %s places for pictures with %s, and has %s pictures (must be as many, or no"
                + " mark at all); give as many pictures as marks")
            .formatted(number, marks, PictureMarks.MARK, pictures));
  }

  private static Conversation conversation(
      Prompt prompt, PromptTokens known, int number, String output) {
    if (known.renderer().isEmpty()) {
      throw new UserInputException(
          ("Cannot put the messages of prompt %s to the model for output \"%s\": no chat format"
                  + " says how; name one with --chat-format, or for an adapter its run folder")
              .formatted(number, output));
    }
    return ((Prompt.Turns) prompt.content()).conversation();
  }
}
