package dev.rankwise.models.network;

import static org.assertj.core.api.Assertions.assertThat;

import dev.rankwise.models.torch.FloatProducts;
import dev.rankwise.models.torch.KernelText;
import dev.rankwise.models.torch.Processor;
import java.util.List;
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
  @CsvSource({
    "GenuineIntel, avx2, MKL",
    "GenuineIntel, avx2 avx512f, MKL",
    "AuthenticAMD, avx2, MKL",
    "AuthenticAMD, avx2 avx512f, ONEDNN",
    "unknown, '', ONEDNN"
  })
  void makerAndVectorsOfTheProcessorDecide(
      String vendor, String extensions, FloatProducts expected) {
    Processor processor = new Processor(vendor, "any", List.of(extensions.split(" ")));
    assertThat(FloatProducts.fasterOn(processor)).isEqualTo(expected);
  }

  private static Set<String> operators(String resource) {
    return OPERATOR
        .matcher(KernelText.read(resource))
        .results()
        .map(MatchResult::group)
        .collect(Collectors.toCollection(TreeSet::new));
  }
}
