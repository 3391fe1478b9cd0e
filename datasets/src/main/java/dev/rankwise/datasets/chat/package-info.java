/**
 * Conversations, and the text that a model reads of them.
 *
 * <p>Read {@link dev.rankwise.datasets.chat.Conversation} first, then {@link
 * dev.rankwise.datasets.chat.ChatFormat}. Plain Java: this package knows nothing of Spark, tokens
 * or files.
 */
package dev.rankwise.datasets.chat;
