package dev.rankwise.jobs.sweep;

import dev.rankwise.datasets.clean.RowFilter;
import dev.rankwise.jobs.conf.Recipe;
import dev.rankwise.jobs.run.RecipeCheck;
import dev.rankwise.jobs.session.RunContext;
import dev.rankwise.jobs.session.SparkSessions;
import dev.rankwise.jobs.sweep.SweepFile.Choice;
import dev.rankwise.jobs.sweep.SweepFile.Variation;
import dev.rankwise.models.failure.RankwiseException;
import dev.rankwise.models.failure.UserInputException;
import dev.rankwise.models.source.BaseDirectory;
import java.io.OutputStream;
import java.io.PrintStream;
import java.nio.file.Path;
import java.time.Clock;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * The runs of a sweep, all of whose recipes hold.
 *
 * @param runs by seed, then by point, so that a sweep that ends early has compared all points
 * @param alsoEvaluated on what each run is measured besides
 */
record SweepPlan(List<PlannedRun> runs, List<OtherTask> alsoEvaluated) {
  /** Most runs of one sweep. */
  static final int MOST_RUNS = 1000;

  private static final String RUNS = "runs";
  private static final String DATA = "data";
  private static final int HASH_DIGITS = 8;

  SweepPlan {
    runs = List.copyOf(runs);
    alsoEvaluated = List.copyOf(alsoEvaluated);
  }

  /** What is compared, in order. */
  List<String> points() {
    return runs.stream().map(PlannedRun::point).distinct().toList();
  }

  /**
   * Makes the plan. Starts nothing.
   *
   * @param sets settings of the command line, which go before all others
   * @param out the sweep's folder
   * @throws UserInputException with all that is wrong with any of the recipes
   */
  static SweepPlan of(SweepFile file, List<String> sets, Path out, Clock clock) {
    return new Planner(file, sets, out, clock).plan();
  }

  /** Makes a plan, and keeps what is wrong by what it says. */
  private static final class Planner {
    private final SweepFile file;
    private final List<String> sets;
    private final Path out;
    private final RunContext silent;
    private final Map<String, List<String>> problems = new LinkedHashMap<>();
    private final Map<String, BaseDirectory> bases = new LinkedHashMap<>();

    Planner(SweepFile file, List<String> sets, Path out, Clock clock) {
      this.file = file;
      this.sets = sets;
      this.out = out;
      this.silent = new RunContext(new PrintStream(OutputStream.nullOutputStream()), clock, false);
    }

    SweepPlan plan() {
      List<Choice> points = points();
      requireFewEnough((long) points.size() * Math.max(1, file.seeds().size()));
      List<PlannedRun> runs = new ArrayList<>();
      points.forEach(this::requireOwnKeys);
      for (Optional<Long> seed : seeds()) {
        points.forEach(point -> run(point, seed).ifPresent(runs::add));
      }
      requireUnlike(runs);
      requireOneSpark(runs);
      runs.forEach(this::check);
      List<OtherTask> others = others();
      throwIfAny();
      return new SweepPlan(runs, others);
    }

    /** All combinations; of no variation one that sets nothing. */
    private List<Choice> points() {
      List<Choice> points = List.of(new Choice("", file.settings()));
      for (Variation variation : file.compared()) {
        requireFewEnough((long) points.size() * variation.choices().size());
        List<Choice> longer = new ArrayList<>();
        for (Choice point : points) {
          for (Choice choice : variation.choices()) {
            longer.add(point.and(choice));
          }
        }
        points = longer;
      }
      return points;
    }

    private List<Optional<Long>> seeds() {
      return file.seeds().isEmpty()
          ? List.of(Optional.empty())
          : file.seeds().stream().map(Optional::of).toList();
    }

    private void requireFewEnough(long runs) {
      if (runs > MOST_RUNS) {
        throw SweepReader.refused(
            file.path(),
            List.of(
                "%s runs are too many (at most %s); make several sweeps of it"
                    .formatted(runs, MOST_RUNS)));
      }
    }

    private void requireOwnKeys(Choice point) {
      for (String setting : point.settings()) {
        String key = setting.substring(0, setting.indexOf('='));
        if (key.equals("output.directory")) {
          problem(point.label(), "a run's folder is the sweep's to choose; leave out " + key);
        }
        if (key.equals(SweepReader.SEED) && !file.seeds().isEmpty()) {
          problem(point.label(), "%s and seeds contradict each other; keep one".formatted(key));
        }
      }
    }

    private Optional<PlannedRun> run(Choice point, Optional<Long> seed) {
      String name = point.label().isEmpty() ? file.name() : point.label();
      String label = PlannedRun.label(name, seed);
      List<String> settings = new ArrayList<>(point.settings());
      seed.ifPresent(number -> settings.add(SweepReader.SEED + "=" + number));
      settings.addAll(sets);
      try {
        if (point.group().isPresent()) {
          RowFilter rest =
              Recipe.read(file.recipe(), settings).data().cleaning().settings().filter();
          settings.add(SweepGroups.filter(rest, point.group().get()));
        }
        Recipe asked = Recipe.read(file.recipe(), settings);
        String sha256 = asked.sha256();
        Path folder =
            out.resolve(RUNS)
                .resolve(FolderName.of(label) + "-" + sha256.substring(0, HASH_DIGITS));
        settings.add("output.directory=" + absolute(folder));
        if (asked.data().prepared().isEmpty()) {
          settings.add("data.prepared=" + absolute(prepared(asked)));
        }
        String checkpoints = asked.output().checkpoints().directory();
        if (!checkpoints.isEmpty()) {
          settings.add("output.checkpoint-directory=" + checkpoints + "/" + folder.getFileName());
        }
        return Optional.of(
            new PlannedRun(
                name, point.group(), seed, Recipe.read(file.recipe(), settings), sha256, folder));
      } catch (RankwiseException e) {
        problem(label, e.getMessage());
        return Optional.empty();
      }
    }

    /** Runs whose rows are prepared alike read the same ones. */
    private Path prepared(Recipe recipe) {
      return out.resolve(DATA).resolve(recipe.dataSha256().substring(0, HASH_DIGITS));
    }

    private static String absolute(Path path) {
      return path.toAbsolutePath().toString();
    }

    private void requireUnlike(List<PlannedRun> runs) {
      Map<String, PlannedRun> bySha256 = new LinkedHashMap<>();
      for (PlannedRun run : runs) {
        PlannedRun before = bySha256.putIfAbsent(run.sha256(), run);
        if (before != null) {
          problem(
              run.label(),
              "the recipe is that of \"%s\" again, so nothing would be compared; let them differ"
                  .formatted(before.label()));
        }
      }
    }

    private void requireOneSpark(List<PlannedRun> runs) {
      for (PlannedRun run : runs) {
        if (!run.recipe().spark().equals(runs.get(0).recipe().spark())) {
          problem(
              run.label(),
              "spark's settings differ from those of \"%s\", but one Spark session does all runs;"
                      .formatted(runs.get(0).label())
                  + " set them in settings");
        }
      }
    }

    private void check(PlannedRun run) {
      String model = run.recipe().base().model();
      try {
        BaseDirectory base =
            bases.computeIfAbsent(
                model, name -> SparkSessions.bases(run.recipe().spark()).resolve(name));
        new RecipeCheck(run.recipe(), silent).against(base);
      } catch (RankwiseException e) {
        problem(run.label(), e.getMessage());
      }
    }

    private List<OtherTask> others() {
      List<OtherTask> others = new ArrayList<>();
      file.alsoEvaluated()
          .forEach(
              (name, recipe) -> {
                try {
                  Recipe asked = Recipe.read(recipe, List.of());
                  String sha256 = asked.dataSha256().substring(0, HASH_DIGITS);
                  Path data = out.resolve(DATA).resolve(FolderName.of(name) + "-" + sha256);
                  others.add(
                      new OtherTask(
                          name,
                          Recipe.read(recipe, List.of("data.prepared=" + absolute(data))),
                          "evaluation-%s-%s.json".formatted(FolderName.of(name), sha256)));
                } catch (RankwiseException e) {
                  problem("also-evaluate " + name, e.getMessage());
                }
              });
      return others;
    }

    private void problem(String where, String message) {
      List<String> places = problems.computeIfAbsent(message, key -> new ArrayList<>());
      if (!places.contains(where)) {
        places.add(where);
      }
    }

    private void throwIfAny() {
      if (!problems.isEmpty()) {
        List<String> lines = new ArrayList<>();
        problems.forEach((message, places) -> lines.add(places(places) + ": " + message));
        throw SweepReader.refused(file.path(), lines);
      }
    }

    private static String places(List<String> places) {
      String first = places.get(0).isEmpty() ? "every run" : places.get(0);
      return places.size() == 1 ? first : "%s and %s more".formatted(first, places.size() - 1);
    }
  }
}
