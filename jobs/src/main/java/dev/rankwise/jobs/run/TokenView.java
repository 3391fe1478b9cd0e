package dev.rankwise.jobs.run;

import dev.rankwise.jobs.session.RunContext;
import dev.rankwise.jobs.text.ReadableTokens;
import dev.rankwise.jobs.text.Redaction;
import java.util.ArrayList;
import java.util.List;

/**
 * Tokens as a terminal shows them: each apart from the next, those that are trained on in colour. A
 * classifier is trained on its label alone, so the label has the colour and the tokens have none;
 * the tokens that frame a sequence are dim. Where there are no colours, brackets stand around
 * tokens that are trained on.
 */
final class TokenView {
  private static final String TRAINED = "\u001b[1;32m";
  private static final String FRAME = "\u001b[2m";
  private static final String PLAIN = "\u001b[0m";

  private final boolean colours;

  private TokenView(boolean colours) {
    this.colours = colours;
  }

  /** Colours on a terminal, none in a file. */
  static TokenView of(RunContext context) {
    return new TokenView(context.terminal());
  }

  /** A label, which is what is trained on. */
  String label(String label) {
    return coloured(TRAINED, "[" + Redaction.printable(label) + "]");
  }

  /** Tokens, parted by a thin bar. */
  String tokens(String[] tokens) {
    List<String> shown = new ArrayList<>();
    for (String token : tokens) {
      String text = Redaction.printable(token);
      shown.add(ReadableTokens.isFrame(token) ? coloured(FRAME, text) : text);
    }
    return String.join("\u2502", shown);
  }

  /**
   * Tokens of a text, parted by a thin bar, those that are trained on apart.
   *
   * @param trained whether each token is trained on
   */
  String tokens(String[] tokens, boolean[] trained) {
    StringBuilder shown = new StringBuilder();
    for (int i = 0; i < tokens.length; i++) {
      boolean starts = trained[i] && (i == 0 || !trained[i - 1]);
      boolean ends = trained[i] && (i + 1 == tokens.length || !trained[i + 1]);
      String text = Redaction.printable(tokens[i]);
      shown
          .append(i == 0 ? "" : "\u2502")
          .append(starts && !colours ? "[" : "")
          .append(trained[i] ? coloured(TRAINED, text) : text)
          .append(ends && !colours ? "]" : "");
    }
    return shown.toString();
  }

  private String coloured(String colour, String text) {
    return colours ? colour + text + PLAIN : text;
  }
}
