package dev.rankwise.benchmarks.scale;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import dev.rankwise.benchmarks.scale.Setting.Summing;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The simulation against what can be counted by hand. */
final class TestStepSimulation {
  private static final StepCosts COSTS =
      new StepCosts(0.01, 1e-3, 1e-9, 2e-9, 1e-10, 1e-10, 5e-10, 1e-9, 1e11, 1e-9);

  @TempDir Path folder;

  @Test
  void aBroadcastToOneTakesWhatItsBytesTake() {
    double[] ends = Torrent.ends(new double[] {2}, 100e6, 1e8, new SplittableRandom(1));
    assertThat(ends[0]).isCloseTo(3, within(1e-9));
  }

  /** From the driver alone it would take 64 s. */
  @Test
  void executorsHandBlocksOnToEachOther() {
    double[] ends = Torrent.ends(new double[64], 400e6, 4e8, new SplittableRandom(1));
    assertThat(Arrays.stream(ends).min().orElseThrow()).isGreaterThanOrEqualTo(1);
    assertThat(Arrays.stream(ends).max().orElseThrow()).isBetween(1.0, 6.0);
  }

  @Test
  void aStepOfOneExecutorIsTheSumOfItsParts() {
    Setting setting = new Setting(1, 1e9, 2, 4e12, 1_000_000, 4, Summing.AT_THE_END);
    StepParts step = new StepSimulation(COSTS).step(setting);
    assertThat(step.handOut()).isCloseTo(0.004 + 0.01 + 0.004 + 0.008, within(1e-9));
    assertThat(step.compute()).isCloseTo(20, within(1e-6));
    assertThat(step.collect()).isCloseTo(0.004, within(1e-9));
    assertThat(step.sum()).isCloseTo(6e-4, within(1e-9));
    assertThat(step.optimizer()).isCloseTo(1e-3, within(1e-9));
  }

  /** Those that had the parameters first send while the last ones still compute. */
  @Test
  void theDriversLinkTakesOneGradientAfterAnother() {
    StepSimulation simulation = new StepSimulation(COSTS);
    Setting many = new Setting(200, 1e8, 2, 4e12, 10_000_000, 4, Summing.AT_THE_END);
    assertThat(simulation.step(many).collect()).isBetween(150 * 0.4, 200 * 0.4);
    assertThat(simulation.step(many.withWireBytes(2)).collect()).isBetween(150 * 0.2, 200 * 0.2);
    assertThat(simulation.step(many.with(Summing.WHILE_THEY_COME)).sum())
        .isLessThan(simulation.step(many).sum() / 10);
    assertThat(simulation.step(many.with(Summing.IN_TWO_LEVELS)).collect())
        .isLessThan(simulation.step(many).collect() / 4);
  }

  @Test
  void processorsThatAreSlowerThanTheLinkSetThePace() {
    StepCosts slow = new StepCosts(0.01, 1e-3, 1e-9, 2e-9, 1e-8, 1e-10, 5e-10, 1e-9, 1e11, 1e-9);
    Setting setting = new Setting(1, 1e9, 2, 4e12, 1_000_000, 4, Summing.AT_THE_END);
    assertThat(new StepSimulation(slow).step(setting).collect()).isCloseTo(0.04, within(1e-9));
  }

  @Test
  void theLimitMovesWithWhatTheExecutorsHaveToDo() {
    StepSimulation simulation = new StepSimulation(COSTS);
    Setting setting = new Setting(1, 1e9, 2, 4e11, 1_000_000, 4, Summing.AT_THE_END);
    int most = simulation.saturation(setting);
    assertThat(most).isBetween(2, 1023);
    assertThat(simulation.efficiency(setting.withExecutors(most))).isGreaterThanOrEqualTo(0.5);
    assertThat(simulation.efficiency(setting.withExecutors(most + 1))).isLessThan(0.5);
    assertThat(simulation.saturation(setting.withFlop(8e11))).isGreaterThan(most);
    assertThat(simulation.saturation(setting.withFlop(1e8))).isZero();
    assertThat(simulation.saturation(setting.withFlop(1e16))).isEqualTo(1025);
  }

  @Test
  void twoLevelsPayWhereGradientsOutweighAFurtherStage() {
    StepSimulation simulation = new StepSimulation(COSTS);
    Setting large = new Setting(1, 1e9, 2, 4e11, 50_000_000, 4, Summing.AT_THE_END);
    assertThat(simulation.treePays(large)).isBetween(4, 64);
    Setting small = new Setting(1, 1e9, 2, 4e13, 1_000, 4, Summing.AT_THE_END);
    assertThat(simulation.treePays(small)).isZero();
  }

  @Test
  void adaptersHaveTheSizesOfTheirBases() {
    Base dictionary = new Base("", 4e6, 192, 8, 96, 512);
    assertThat(dictionary.adapter(16))
        .isEqualTo(16 * 8 * (2 * (192 + 192) + 2 * (192 + 96) + 3 * (192 + 512)));
    assertThat(Base.ALL.get(0).adapter(8)).isEqualTo(2_442_240);
  }

  @Test
  void costsAreReadOrTold() throws IOException {
    Path file = folder.resolve("costs");
    Files.writeString(file, "job-seconds=0.01\ntask-seconds=-1\n");
    assertThatThrownBy(() -> StepCosts.read(file))
        .hasMessage("Invalid cost task-seconds: -1 (it must be above 0); measure again");
    Files.writeString(file, "job-seconds=0.01\n");
    assertThatThrownBy(() -> StepCosts.read(file))
        .hasMessage("No cost task-seconds; measure again");
  }
}
