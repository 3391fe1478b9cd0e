package dev.rankwise.datasets.chat;

import dev.rankwise.datasets.template.PythonText;

/** What a format does with white space around a turn's text. */
enum TextEdges {
  KEPT,
  TRIMMED;

  String of(String text) {
    return this == TRIMMED ? PythonText.strip(text) : text;
  }
}
