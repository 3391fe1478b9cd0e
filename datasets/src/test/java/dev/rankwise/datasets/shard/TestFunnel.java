package dev.rankwise.datasets.shard;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.rankwise.datasets.source.RejectionReason;
import dev.rankwise.models.failure.InternalException;
import java.util.LinkedHashMap;
import java.util.Map;
import org.junit.jupiter.api.Test;

class TestFunnel {

  @Test
  void reasonsKeepTheirOrder() {
    Map<RejectionReason, Long> rejected = new LinkedHashMap<>();
    rejected.put(RejectionReason.UNKNOWN_LABEL, 1L);
    rejected.put(RejectionReason.MALFORMED_ROW, 2L);

    Funnel funnel = new Funnel(10, rejected, 1, 4, 2, 6);

    assertThat(funnel.rejected().keySet())
        .containsExactly(RejectionReason.MALFORMED_ROW, RejectionReason.UNKNOWN_LABEL);
    assertThat(funnel.rejectedRows()).isEqualTo(3);
  }

  @Test
  void noRowMayGetLost() {
    assertThatThrownBy(() -> new Funnel(10, Map.of(), 0, 4, 2, 0))
        .isInstanceOf(InternalException.class)
        .hasMessage("The funnel loses rows: 10 read, 6 accounted for, 0 truncated");
    assertThatThrownBy(() -> new Funnel(6, Map.of(), 0, 4, 2, 7))
        .isInstanceOf(InternalException.class);
  }
}
