package dev.rankwise.datasets.chat;

import java.util.List;
import java.util.Locale;
import java.util.Optional;

/** Who speaks in a turn. */
public enum Role {
  /** Instructions for the whole conversation. */
  SYSTEM("system", "developer"),
  /** The person, or whoever asks. */
  USER("user", "human", "prompter"),
  /** The model. */
  ASSISTANT("assistant", "gpt", "chatgpt", "model", "bot", "bing", "bard", "function_call"),
  /** What a called tool answered. */
  TOOL("tool", "function", "function_response", "observation", "ipython");

  private final List<String> names;

  Role(String... names) {
    this.names = List.of(names);
  }

  /** The name as the OpenAI form writes it. */
  public String word() {
    return names.get(0);
  }

  /** The role that a data set calls {@code name}, letter case set aside. */
  public static Optional<Role> named(String name) {
    String lower = name.toLowerCase(Locale.ROOT);
    for (Role role : values()) {
      if (role.names.contains(lower)) {
        return Optional.of(role);
      }
    }
    return Optional.empty();
  }
}
