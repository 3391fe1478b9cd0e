package dev.rankwise.models.torch;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import ai.djl.ndarray.NDArray;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.rankwise.models.torch.OperatorProfile.OperatorTime;
import java.io.IOException;
import java.util.List;
import org.junit.jupiter.api.Test;

class TestOperatorProfile {

  @Test
  void timeInACalledOperatorIsItsOwn() throws IOException {
    List<OperatorTime> times =
        OperatorProfile.times(
            new ObjectMapper()
                .readTree(
                    """
                    [{"name": "inner", "ph": "X", "ts": 20, "dur": 30, "tid": 1},
                     {"name": "outer", "ph": "X", "ts": 10, "dur": 100, "tid": 1},
                     {"name": "inner", "ph": "X", "ts": 60, "dur": 40, "tid": 1},
                     {"name": "innermost", "ph": "X", "ts": 60, "dur": 25, "tid": 1},
                     {"name": "outer", "ph": "X", "ts": 15, "dur": 7, "tid": 2},
                     {"name": "mark", "ph": "i", "ts": 16, "tid": 2}]
                    """));

    assertThat(times).extracting(OperatorTime::name).containsExactly("inner", "outer", "innermost");
    assertThat(times).extracting(OperatorTime::calls).containsExactly(2L, 2L, 1L);
    assertThat(times.get(0).seconds()).isCloseTo(45e-6, within(1e-12));
    assertThat(times.get(1).seconds()).isCloseTo(37e-6, within(1e-12));
  }

  @Test
  void libtorchTellsWhatItRan() {
    TorchRuntime.prepareThread(1);
    String text = "  def twice(self: __torch__.Kernels, x: Tensor) -> Tensor:\n    return x + x\n";
    try (KernelProgram program = KernelProgram.compile(text.replace("x + x", "torch.add(x, x)"));
        TensorScope scope = TorchRuntime.scope()) {
      NDArray x = scope.zeros(8);
      List<OperatorTime> times =
          OperatorProfile.of(
              () -> {
                for (int call = 0; call < 3; call++) {
                  program.call("twice", x);
                }
              });

      assertThat(times)
          .filteredOn(time -> time.name().equals("aten::add"))
          .singleElement()
          .satisfies(time -> assertThat(time.calls()).isEqualTo(3));
    }
  }
}
