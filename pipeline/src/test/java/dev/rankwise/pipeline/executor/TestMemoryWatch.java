package dev.rankwise.pipeline.executor;

import static org.assertj.core.api.Assertions.assertThat;

import dev.rankwise.models.torch.TensorScope;
import dev.rankwise.models.torch.TorchRuntime;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class TestMemoryWatch {

  @Test
  void peakIsTheKernelsLessWhatIsShared() {
    List<String> status = List.of("Name:\tjava", "VmHWM:\t 2000000 kB", "VmRSS:\t 1843200 kB");
    List<String> rollup =
        List.of(
            "55d0c2a00000-7ffd1f5fe000 ---p 00000000 00:00 0    [rollup]",
            "Rss:             1843200 kB",
            "Pss:             1743200 kB",
            "Pss_Anon:         999999 kB");

    assertThat(MemoryWatch.peak(status, rollup)).isEqualTo(1_900_000L * 1024);
  }

  @Test
  void linesWithoutTheFiguresGiveNothing() {
    assertThat(MemoryWatch.peak(List.of("Name:\tjava"), List.of())).isZero();
  }

  @Test
  void peakIsAtLeastWhatIsThereNow() {
    MemoryWatch watch = MemoryWatch.ofThisJvm();
    watch.start();
    watch.start();

    assertThat(watch.use())
        .hasValueSatisfying(
            use -> {
              assertThat(use.peakBytes()).isGreaterThanOrEqualTo(use.idleBytes()).isPositive();
              assertThat(use.aboveIdleBytes()).isEqualTo(use.peakBytes() - use.idleBytes());
              assertThat(use.host()).isNotEmpty();
            });
  }

  @Test
  void peakOfARunBeforeIsForgotten() {
    MemoryWatch watch = MemoryWatch.ofThisJvm();
    watch.start();
    long idle = watch.use().orElseThrow().idleBytes();
    // Native memory, which is given back at once: what Java's heap has, it keeps for a while.
    try (TensorScope scope = TorchRuntime.scope()) {
      assertThat(scope.zeros(64 << 20).size()).isEqualTo(64 << 20);
    }
    long with = watch.use().orElseThrow().peakBytes();
    watch.startAgain();

    assertThat(watch.use().orElseThrow().idleBytes())
        .as("idle is that of the start")
        .isEqualTo(idle);
    assertThat(watch.use().orElseThrow().peakBytes()).isLessThan(with - (32 << 20));
  }

  @Test
  void peakThatCannotBeForgottenIsNotTold(@TempDir Path folder) {
    assertThat(MemoryWatch.forgetPeak(folder.resolve("nothing"))).isFalse();
  }

  @Test
  void lessThanIdleIsNothingAboveIt() {
    assertThat(new MemoryUse("host", 1, 100, 250).aboveIdleBytes()).isEqualTo(150);
    assertThat(new MemoryUse("host", 1, 100, 90).aboveIdleBytes()).isZero();
  }
}
