package dev.rankwise.datasets.chat;

/** How a format lays turns out. */
interface ChatLayout {

  /**
   * The text of the turns. Fails with {@link UnusableRow} where the format has no place for one.
   */
  ChatText lay(Conversation conversation, SpecialTokens tokens);

  /** Adds what stands before an answer that the model is to give. */
  void open(ChatText text);
}
