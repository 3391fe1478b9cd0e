package dev.rankwise.jobs.generate;

import dev.rankwise.datasets.chat.Conversation;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;

/**
 * A prompt as it is given.
 *
 * @param content what the model goes on after
 * @param adapter name of the only adapter that does; empty for all
 * @param images picture files, in the order of their marks in the content
 */
public record Prompt(Content content, Optional<String> adapter, List<Path> images) {

  public Prompt {
    images = List.copyOf(images);
  }

  /** What a model goes on after. */
  sealed interface Content {}

  /** A text: as it is, or as what a user says. */
  record Text(String text) implements Content {}

  /** Turns up to the one that the model is to answer. */
  record Turns(Conversation conversation) implements Content {}

  /** Token ids, taken as they are. */
  record Ids(List<Integer> ids) implements Content {
    Ids {
      ids = List.copyOf(ids);
    }
  }

  /** The same with pictures. */
  public Prompt withImages(List<Path> newImages) {
    return new Prompt(content, adapter, newImages);
  }

  /** A text for all adapters. */
  public static Prompt ofText(String text) {
    return new Prompt(new Text(text), Optional.empty(), List.of());
  }
}
