package dev.rankwise.models.network;

import static org.assertj.core.api.Assertions.assertThat;

import dev.rankwise.models.torch.KernelText;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

final class TestFloatProducts {
  private static final Pattern OPERATOR = Pattern.compile("torch\\.[a-z0-9_]+(?=\\()");

  /** What decides a run's bits must decide the probe's: a fingerprint stands for both. */
  @ParameterizedTest
  @EnumSource(FloatProducts.class)
  void theProbeRunsEveryOperatorOfTheProduct(FloatProducts products) {
    Set<String> multiplied = operators(products.template());
    assertThat(multiplied).isNotEmpty();
    assertThat(operators("kernels/probe/numerics.torchscript")).containsAll(multiplied);
  }

  @ParameterizedTest
  @CsvSource({"GenuineIntel, MKL", "AuthenticAMD, ONEDNN", "'', ONEDNN"})
  void theMakerOfTheProcessorDecides(String vendor, FloatProducts expected) {
    assertThat(FloatProducts.fasterOn(vendor)).isEqualTo(expected);
  }

  private static Set<String> operators(String resource) {
    return OPERATOR
        .matcher(KernelText.read(resource))
        .results()
        .map(MatchResult::group)
        .collect(Collectors.toCollection(TreeSet::new));
  }
}
