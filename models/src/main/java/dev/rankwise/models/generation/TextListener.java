package dev.rankwise.models.generation;

/** Hears texts as they grow. */
@FunctionalInterface
public interface TextListener {

  /**
   * More of a text. The pieces of one prompt, put together, are the text that follows it.
   *
   * @param prompt index of the prompt
   * @param piece not empty
   */
  void grown(int prompt, String piece);
}
