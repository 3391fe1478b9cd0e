package dev.rankwise.pipeline.guard;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.rankwise.models.failure.CorruptFileException;
import dev.rankwise.models.failure.UserInputException;
import dev.rankwise.pipeline.checkpoint.Snapshot;
import dev.rankwise.pipeline.plan.MicroBatch;
import dev.rankwise.pipeline.plan.PlannedGroup;
import dev.rankwise.pipeline.plan.PlannedStep;
import java.util.Arrays;
import java.util.List;
import java.util.function.Predicate;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

final class TestQuarantine {
  private static final int[] LENGTHS = {3, 5, 7, 11, 13, 17};

  private static final PlannedStep STEP =
      new PlannedStep(
          4,
          List.of(
              new PlannedGroup(0, List.of(batch(0, 1), batch(2)), 15),
              new PlannedGroup(1, List.of(batch(5, 4, 3)), 41)));

  @Test
  void whatFailsAloneIsTakenAndLeftOutOfTheStepsToCome() {
    Quarantine quarantine = new Quarantine(2);

    assertThat(quarantine.takeFrom(STEP, LENGTHS, holds(2, 4))).containsExactly(2, 4);

    assertThat(quarantine.positions()).containsExactly(2, 4);
    assertThat(quarantine.without(List.of(STEP), LENGTHS))
        .containsExactly(
            new PlannedStep(
                4,
                List.of(
                    new PlannedGroup(0, List.of(batch(0, 1)), 8),
                    new PlannedGroup(1, List.of(batch(5, 3)), 28))));
  }

  @Test
  void partsThatAreTriedKeepTheirPlaces() {
    new Quarantine(1)
        .takeFrom(
            STEP,
            LENGTHS,
            part -> {
              assertThat(part.index()).isEqualTo(4);
              assertThat(part.groups()).hasSize(2);
              return holds(3).test(part);
            });
  }

  @Test
  void moreThanItMayTakeAreNotTaken() {
    Quarantine quarantine = new Quarantine(2);
    assertThat(quarantine.takeFrom(STEP, LENGTHS, holds(1, 2, 3))).isEmpty();
    assertThat(quarantine.takeFrom(STEP, LENGTHS, part -> true)).isEmpty();
    assertThat(quarantine.positions()).isEmpty();

    assertThat(quarantine.takeFrom(STEP, LENGTHS, holds(1))).containsExactly(1);
    assertThat(quarantine.takeFrom(STEP, LENGTHS, holds(4, 5))).isEmpty();
    assertThat(quarantine.takeFrom(STEP, LENGTHS, holds(5))).containsExactly(5);
    assertThat(quarantine.takeFrom(STEP, LENGTHS, holds(4))).isEmpty();
    assertThat(quarantine.positions()).containsExactly(1, 5);
  }

  @Test
  void nothingIsTakenWhereTheRestFailsAsWell() {
    Quarantine quarantine = new Quarantine(3);
    Predicate<PlannedStep> twoTogether =
        part -> holds(1).test(part) || (holds(2).test(part) && holds(3).test(part));

    assertThat(quarantine.takeFrom(STEP, LENGTHS, twoTogether)).isEmpty();
  }

  @ParameterizedTest
  @ValueSource(ints = {0, 1, 2, 3, 4, 5, 6, 7})
  void clusterThatIsAwayForAWhileAccusesNobody(int attempts) {
    Quarantine quarantine = new Quarantine(3);
    int[] tried = {0};

    assertThat(quarantine.takeFrom(STEP, LENGTHS, part -> tried[0]++ < attempts)).isEmpty();

    assertThat(tried[0]).isGreaterThanOrEqualTo(attempts);
    assertThat(quarantine.positions()).isEmpty();
  }

  @Test
  void stepOfOneExampleIsNotEmptied() {
    PlannedStep one =
        new PlannedStep(0, List.of(new PlannedGroup(0, List.of(batch(0)), LENGTHS[0])));

    assertThat(new Quarantine(1).takeFrom(one, LENGTHS, part -> true)).isEmpty();
  }

  @Test
  void withoutRoomNothingIsTried() {
    assertThat(
            new Quarantine(0)
                .takeFrom(
                    STEP,
                    LENGTHS,
                    part -> {
                      throw new AssertionError("tried");
                    }))
        .isEmpty();
  }

  @Test
  void stateIsRestored() {
    Quarantine quarantine = new Quarantine(2);
    assertThat(quarantine.state()).isEqualTo(Snapshot.empty());
    quarantine.takeFrom(STEP, LENGTHS, holds(0, 5));
    Quarantine again = new Quarantine(2);
    again.takeFrom(STEP, LENGTHS, holds(3));

    again.restore(quarantine.state());

    assertThat(again.positions()).containsExactly(0, 5);
    again.restore(Snapshot.empty());
    assertThat(again.positions()).isEmpty();
    assertThatThrownBy(() -> again.restore(Snapshot.empty().with("positions", "4 x")))
        .isInstanceOf(CorruptFileException.class);
  }

  @Test
  void safeguardsAreInTheirRanges() {
    assertThat(Safeguards.none().mostQuarantined()).isZero();
    for (double ratio : new double[] {1, 0, Double.NaN}) {
      assertThatThrownBy(() -> new Safeguards(ratio, 0))
          .isInstanceOf(UserInputException.class)
          .hasMessageStartingWith(
              "Invalid safeguards of a run: it ends at " + ratio + " times its lowest loss");
    }
    assertThatThrownBy(() -> new Safeguards(2, -1)).isInstanceOf(UserInputException.class);
  }

  private static MicroBatch batch(int... positions) {
    return new MicroBatch(positions);
  }

  private static Predicate<PlannedStep> holds(int... bad) {
    return part ->
        Arrays.stream(part.positions())
            .anyMatch(position -> Arrays.stream(bad).anyMatch(one -> one == position));
  }
}
