package dev.rankwise.jobs.run;

import static org.assertj.core.api.Assertions.assertThat;

import dev.rankwise.jobs.session.RunContext;
import java.time.Clock;
import org.junit.jupiter.api.Test;

final class TestTokenView {
  private static final String[] TOKENS = {"[CLS]", "foot", "##ball", "[SEP]"};

  @Test
  void fileHasNoColours() {
    TokenView view = TokenView.of(new RunContext(System.out, Clock.systemUTC(), false));

    assertThat(view.tokens(TOKENS)).isEqualTo("[CLS]\u2502foot\u2502##ball\u2502[SEP]");
    assertThat(view.label("sport")).isEqualTo("[sport]");
  }

  @Test
  void terminalShowsTheLabelInColourAndFramesDim() {
    TokenView view = TokenView.of(new RunContext(System.out, Clock.systemUTC(), true));

    assertThat(view.tokens(TOKENS))
        .isEqualTo("\u001b[2m[CLS]\u001b[0m\u2502foot\u2502##ball\u2502\u001b[2m[SEP]\u001b[0m");
    assertThat(view.label("sport")).isEqualTo("\u001b[1;32m[sport]\u001b[0m");
  }

  @Test
  void tokensThatAreTrainedOnStandApart() {
    boolean[] trained = {false, true, true, false};
    TokenView file = TokenView.of(new RunContext(System.out, Clock.systemUTC(), false));
    TokenView terminal = TokenView.of(new RunContext(System.out, Clock.systemUTC(), true));

    assertThat(file.tokens(TOKENS, trained)).isEqualTo("[CLS]\u2502[foot\u2502##ball]\u2502[SEP]");
    assertThat(file.tokens(new String[] {"a", "b"}, new boolean[] {true, true}))
        .isEqualTo("[a\u2502b]");
    assertThat(terminal.tokens(TOKENS, trained))
        .isEqualTo(
            "[CLS]\u2502\u001b[1;32mfoot\u001b[0m\u2502\u001b[1;32m##ball\u001b[0m\u2502[SEP]");
  }

  @Test
  void rowsCannotSteerTheTerminal() {
    TokenView view = TokenView.of(new RunContext(System.out, Clock.systemUTC(), false));

    assertThat(view.label("a\u001b[2Jb")).isEqualTo("[a?[2Jb]");
    assertThat(view.tokens(new String[] {"\u001b"})).isEqualTo("?");
  }
}
