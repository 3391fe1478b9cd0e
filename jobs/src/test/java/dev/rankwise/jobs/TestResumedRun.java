package dev.rankwise.jobs;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import dev.rankwise.models.Counts;
import dev.rankwise.pipeline.checkpoint.LocalStorage;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.SortedMap;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The main job in processes that are killed while they train, and taken up again. */
@Tag("spark")
final class TestResumedRun {
  private static final int STEPS = 120;
  private static final int KILLS = 2;

  /** Starts of the command in the test of its whole life. */
  private static final int ENDS = 10;

  private static final String[] SETTINGS = {
    "train.max-steps=" + STEPS,
    "train.epochs=1000",
    "evaluate.every-steps=30",
    "output.checkpoint-every-steps=4"
  };

  @TempDir Path folder;

  private Path calm;
  private Path run;
  private TicketRecipe recipe;

  @BeforeEach
  void writeARecipe() throws IOException {
    Path base = TinyBase.withPooler(folder, 1);
    recipe = TicketRecipe.write(folder, base, Tickets.write(folder, Tickets.csv(60)));
    calm = folder.resolve("calm");
    run = folder.resolve("run");
  }

  @Test
  void killedAtRandomTimesAndStartedAgainItGivesTheSameBytes() throws Exception {
    recipe.run("tune", calm, SETTINGS).endedWith(0);
    Random random = new Random(8);
    List<Integer> resumedAfter = new ArrayList<>();
    for (int kill = 0; kill < KILLS; kill++) {
      int before = reached();
      try (TuneProcess tune = TuneProcess.start(folder, recipe, run, SETTINGS)) {
        tune.waitForFirstStep().stream()
            .filter(line -> line.startsWith("  going on after step "))
            .forEach(line -> resumedAfter.add(Integer.parseInt(line.split(" +")[5])));
        while (reached() <= before && tune.process().isAlive()) {
          Thread.sleep(10);
        }
        Thread.sleep(random.nextInt(150));
        assertThat(tune.process().isAlive()).as("it is killed while it trains").isTrue();
        tune.process().destroyForcibly().waitFor();
      }
    }
    CommandRun last = recipe.run("tune", run, SETTINGS).endedWith(0);

    assertThat(last.out()).contains("going on after step ");
    assertThat(RunFolderFiles.hashes(run.resolve("adapter")))
        .isEqualTo(RunFolderFiles.hashes(calm.resolve("adapter")));
    JsonNode result = RunFolderFiles.json(run.resolve("result.json"));
    assertThat(result.get("resumed_after_step").intValue()).isBetween(4, STEPS);
    assertThat(resumedAfter).hasSize(KILLS - 1).isSorted();
    everyStepIsTold();
    Counts.tell(
        TestResumedRun.class.getName() + ".killedAtRandomTimesAndStartedAgainItGivesTheSameBytes",
        "%s kills with -9 in a run of %s steps".formatted(KILLS, STEPS));
  }

  /** From its start to its last document, not while it trains alone. */
  @Test
  @Tag("long")
  void killedAtAnyTimeOfItsLifeItLeavesNothingHalfAndEndsWithTheSameBytes() throws Exception {
    long begun = System.nanoTime();
    try (TuneProcess tune = TuneProcess.start(folder, recipe, calm, SETTINGS)) {
      assertThat(tune.process().waitFor()).isZero();
    }
    long life = TimeUnit.NANOSECONDS.toMillis(System.nanoTime() - begun);
    SortedMap<String, String> adapter = RunFolderFiles.hashes(calm.resolve("adapter"));
    Random random = new Random(11);
    int kills = 0;
    int ended = 0;
    while (kills + ended < ENDS) {
      try (TuneProcess tune = TuneProcess.start(folder, recipe, run, SETTINGS)) {
        if (tune.process().waitFor(random.nextLong(life), TimeUnit.MILLISECONDS)) {
          assertThat(tune.process().exitValue()).isZero();
          ended++;
        } else {
          tune.process().destroyForcibly().waitFor();
          kills++;
        }
      }
      if (Files.exists(run.resolve("adapter"))) {
        assertThat(RunFolderFiles.hashes(run.resolve("adapter"))).isEqualTo(adapter);
      }
    }
    recipe.run("tune", run, SETTINGS).endedWith(0);

    assertThat(kills).isGreaterThan(ENDS / 2);
    assertThat(RunFolderFiles.hashes(run.resolve("adapter"))).isEqualTo(adapter);
    assertThat(RunFolderFiles.json(run.resolve("result.json")).get("status").textValue())
        .isEqualTo("succeeded");
    assertThat(new LocalStorage(run).list("")).isEqualTo(new LocalStorage(calm).list(""));
    everyStepIsTold();
    Counts.tell(
        TestResumedRun.class.getName()
            + ".killedAtAnyTimeOfItsLifeItLeavesNothingHalfAndEndsWithTheSameBytes",
        "%s kills with -9, %s came after its end".formatted(kills, ended));
  }

  @Test
  void changedRecipeIsRefusedAndLongerRunGoesOn() throws Exception {
    recipe.run("tune", run, "train.max-steps=8", "train.epochs=9").endedWith(0);
    CommandRun longer = recipe.run("tune", run, "train.max-steps=12", "train.epochs=9");

    assertThat(longer.endedWith(0).out())
        .contains("going on after step 8", "changed since it began: train.max-steps: 12 here, 8");
    JsonNode result = RunFolderFiles.json(run.resolve("result.json"));
    assertThat(result.get("resumed_after_step").intValue()).isEqualTo(8);
    assertThat(result.get("changed_on_the_way").get(0).textValue())
        .isEqualTo("train.max-steps: 12 here, 8 there");
    assertThat(RunFolderFiles.jsonLines(run.resolve("metrics.jsonl"))).hasSize(12);

    // As a run leaves it that was killed before its end.
    for (String checkpoint : new LocalStorage(run.resolve("checkpoints")).list("")) {
      Files.deleteIfExists(run.resolve("checkpoints").resolve(checkpoint).resolve("finished"));
    }
    CommandRun other =
        recipe.run("tune", run, "train.max-steps=12", "train.epochs=9", "train.seed=5");
    assertThat(other.endedWith(2).error())
        .contains("which has done 12 steps: this run differs in train.seed: 5 here, 0 there");
  }

  /** Each decision follows from the number of steps, so others would undo what was decided. */
  @Test
  void anAdaLoraRunGoesOnOverTheStepsItWasPlannedForAlone() throws Exception {
    String[] method = {"adapter.method=adalora", "adapter.rank=4", "adapter.target-rank=2"};
    recipe
        .run("tune", run, method[0], method[1], method[2], "train.max-steps=6", "train.epochs=9")
        .endedWith(0);
    var hashes = RunFolderFiles.hashes(run.resolve("adapter"));

    CommandRun longer =
        recipe.run(
            "tune", run, method[0], method[1], method[2], "train.max-steps=9", "train.epochs=9");

    assertThat(longer.endedWith(2).error())
        .contains("Cannot go on over 9 steps: the budget of adalora was planned for 6");
    assertThat(RunFolderFiles.hashes(run.resolve("adapter"))).isEqualTo(hashes);
  }

  @Test
  void checkpointsMayLieElsewhere() throws Exception {
    Path elsewhere = folder.resolve("elsewhere");
    String place = "output.checkpoint-directory=" + elsewhere;
    recipe.run("tune", run, place, "train.max-steps=3").endedWith(0);

    assertThat(run.resolve("checkpoints")).doesNotExist();
    assertThat(elsewhere.resolve("term-00000001-step-00000003/manifest.json")).isRegularFile();
    CommandRun refused =
        recipe.run("tune", run, "output.checkpoint-directory=nosuch://bucket/runs");
    assertThat(refused.endedWith(2).error())
        .startsWith("Cannot leave checkpoints in \"nosuch://bucket/runs\": ");
  }

  private void everyStepIsTold() throws IOException {
    List<JsonNode> steps = RunFolderFiles.jsonLines(run.resolve("metrics.jsonl"));
    List<JsonNode> calmSteps = RunFolderFiles.jsonLines(calm.resolve("metrics.jsonl"));
    assertThat(steps).hasSize(STEPS);
    for (int i = 0; i < STEPS; i++) {
      for (String field : List.of("step", "epoch", "loss", "learning_rate", "grad_norm")) {
        assertThat(steps.get(i).get(field)).isEqualTo(calmSteps.get(i).get(field));
      }
    }
    SortedMap<String, String> evaluations = RunFolderFiles.hashes(run);
    assertThat(evaluations.get("evaluation.json"))
        .isEqualTo(RunFolderFiles.hashes(calm).get("evaluation.json"));
  }

  /** The newest step of which there is a checkpoint. */
  private int reached() throws IOException {
    return new LocalStorage(run.resolve("checkpoints"))
        .list("").stream()
            .filter(name -> name.startsWith("term-"))
            .mapToInt(name -> Integer.parseInt(name.substring(name.lastIndexOf('-') + 1)))
            .max()
            .orElse(-1);
  }
}
