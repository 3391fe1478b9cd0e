package dev.rankwise.datasets.chat;

import dev.rankwise.models.failure.UserInputException;
import java.io.Serializable;
import java.util.Map;

/** Turns conversations into the text that a model reads. Travels to executors. */
public sealed interface ChatRenderer extends Serializable permits FormatRenderer, TemplateRenderer {

  /**
   * The text of a conversation, and where its turns lie.
   *
   * @throws UnusableRow if the conversation has no place in the format
   * @throws UserInputException if it shows that the format is a template that is not read
   */
  RenderedChat render(Conversation conversation);

  /**
   * The text of a conversation up to where the model answers it.
   *
   * @throws UnusableRow if the conversation has no place in the format
   * @throws UserInputException if it shows that the format is a template that is not read
   */
  String prompt(Conversation conversation);

  /** What is used, in recipe words: two renderers with equal words make equal texts. */
  Map<String, String> described();
}
