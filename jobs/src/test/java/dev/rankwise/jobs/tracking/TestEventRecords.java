package dev.rankwise.jobs.tracking;

import static org.assertj.core.api.Assertions.assertThat;

import dev.rankwise.pipeline.train.StepMetrics;
import dev.rankwise.pipeline.train.StepTimes;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.HexFormat;
import org.junit.jupiter.api.Test;

/** Against records that TensorBoard's own writer made of the same figures. */
final class TestEventRecords {
  private static final Instant AT = Instant.ofEpochMilli(1_700_000_000_250L);

  private static final String OPENING =
      "1800000000000000a37f4b220900001040fc54d9411a0d627261696e2e4576656e743a32338d2fe9";
  private static final String STEP =
      "7500000000000000d7d941780900001040fc54d94110ac022a670a160a0f747261696e2f677261645f6e6f726d15"
          + "0000403f0a1a0a13747261696e2f6c6561726e696e675f72617465156f12833a0a110a0a747261696e2f"
          + "6c6f737315000020400a1e0a17747261696e2f746f6b656e735f7065725f7365636f6e64150000804392"
          + "43935b";

  @Test
  void theOpeningSaysTheVersion() {
    assertThat(HexFormat.of().formatHex(EventRecords.opening(AT))).isEqualTo(OPENING);
  }

  @Test
  void aStepHasItsScalars() {
    StepMetrics step =
        new StepMetrics(
            300, 400, 1, 2.5, 1e-3, 0.75, 10, 512, true, new StepTimes(2, 1, 0, 0, 0, 0, 0, 0));

    byte[] record = EventRecords.of(step, AT);

    assertThat(HexFormat.of().formatHex(record)).isEqualTo(STEP);
    assertThat(new String(record, StandardCharsets.ISO_8859_1))
        .contains("train/loss", "train/learning_rate", "train/grad_norm");
  }
}
