package dev.rankwise.adapters.spec;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.rankwise.models.failure.UserInputException;
import java.util.List;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.AlphaChars;
import net.jqwik.api.constraints.StringLength;
import org.junit.jupiter.api.Test;

final class TestModuleChoice {
  @Test
  void aListNamesWholePathsAndTheirEnds() {
    ModuleChoice choice = ModuleChoice.of(List.of("q_proj", "mlp.down"));
    assertThat(choice.names("q_proj")).isTrue();
    assertThat(choice.names("layers.0.q_proj")).isTrue();
    assertThat(choice.names("layers.0.mlp.down")).isTrue();
    assertThat(choice.names("layers.0.xq_proj")).isFalse();
    assertThat(choice.names("layers.0.down")).isFalse();
    assertThat(choice.names("q_proj.inner")).isFalse();
  }

  @Test
  void anExpressionMustMatchTheWholePath() {
    ModuleChoice choice = ModuleChoice.of(".*\\.(q|k)_proj");
    assertThat(choice.names("layers.0.q_proj")).isTrue();
    assertThat(choice.names("q_proj")).isFalse();
    assertThat(choice.names("layers.0.q_proj.inner")).isFalse();
    assertThat(ModuleChoice.of("(?P<which>q|k)").names("q")).isTrue();
  }

  @Test
  void allLinearIsKnownInAnyCase() {
    assertThat(ModuleChoice.of("All-Linear").kind()).isEqualTo(ModuleChoice.Kind.ALL_LINEAR);
    assertThat(ModuleChoice.of("all-linear").names("query")).isFalse();
    assertThat(ModuleChoice.unset().names("query")).isFalse();
  }

  @Property(tries = 200)
  void aListOfOnePathNamesThatPathAndNoLongerOne(
      @ForAll @AlphaChars @StringLength(min = 1, max = 8) String first,
      @ForAll @AlphaChars @StringLength(min = 1, max = 8) String last) {
    ModuleChoice choice = ModuleChoice.of(List.of(last));
    assertThat(choice.names(first + "." + last)).isTrue();
    assertThat(choice.names(last + ".0")).isFalse();
    assertThat(choice.names(first + last)).isEqualTo(false);
  }

  @Test
  void aBrokenExpressionIsRefused() {
    assertThatThrownBy(() -> ModuleChoice.of("layers.(0"))
        .isInstanceOf(UserInputException.class)
        .hasMessage(
            "Invalid regular expression \"layers.(0\": Unclosed group; mend it or name modules in a"
                + " list");
  }

  @Test
  void anExpressionThatBacktracksWithoutEndIsRefused() {
    ModuleChoice hostile = ModuleChoice.of("(.*)(.*)(.*)(.*)(.*)(.*)(.*)X");
    assertThatThrownBy(() -> hostile.names("bert.encoder.layer.0.attention.self.query"))
        .isInstanceOf(UserInputException.class)
        .hasMessage(
            "Cannot match the regular expression \"(.*)(.*)(.*)(.*)(.*)(.*)(.*)X\" on module"
                + " bert.encoder.layer.0.attention.self.query: it still backtracks after 1000000"
                + " steps; write it without repetitions inside repetitions");
  }
}
