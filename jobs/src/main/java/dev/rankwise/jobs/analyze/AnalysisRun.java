package dev.rankwise.jobs.analyze;

import dev.rankwise.adapters.analysis.SubspaceSimilarity;
import dev.rankwise.adapters.analysis.TunedWeights;
import dev.rankwise.adapters.analysis.VectorAxis;
import dev.rankwise.adapters.analysis.WeightUpdate;
import dev.rankwise.datasets.base.SparkBases;
import dev.rankwise.jobs.session.FreePlace;
import dev.rankwise.jobs.session.JsonFile;
import dev.rankwise.jobs.session.RunContext;
import dev.rankwise.jobs.stored.StoredModel;
import dev.rankwise.models.config.ModuleShape;
import dev.rankwise.models.failure.UserInputException;
import dev.rankwise.models.format.AtomicFile;
import dev.rankwise.models.format.SafetensorsFile;
import dev.rankwise.models.format.StagedDirectory;
import dev.rankwise.models.source.BaseDirectory;
import dev.rankwise.models.text.CountText;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/**
 * Looks at what tuning did to the weights of a base. Needs no Spark job.
 *
 * @param stored the tuned models, at least one, all of one base
 * @param context where to tell
 */
public record AnalysisRun(List<StoredModel> stored, RunContext context) {
  /** The page. */
  public static final String PAGE = "analysis.html";

  /** The same in numbers. */
  public static final String NUMBERS = "analysis.json";

  /** Singular vectors that are compared between two models: the largest. */
  private static final int VECTORS = 8;

  public AnalysisRun {
    stored = List.copyOf(stored);
  }

  /**
   * Analyzes.
   *
   * @param to the folder that is made; it must not exist
   * @throws UserInputException also if a model was tuned from another base than the first
   */
  public void write(Path to) {
    FreePlace.require(to);
    String base = untuned(stored.get(0));
    BaseDirectory directory = SparkBases.source().resolve(base);
    requireOneBase(directory);
    AnalysisReport report;
    try (SafetensorsFile file = SafetensorsFile.open(directory.weights())) {
      List<ModelAnalysis> models = new ArrayList<>();
      names().forEach((name, model) -> models.add(analysis(name, model, directory, file)));
      report = new AnalysisReport(base, directory.sha256(), models, pairs(models));
    }
    try (StagedDirectory staged = StagedDirectory.beside(to)) {
      AtomicFile.write(
          staged.path().resolve(NUMBERS), JsonFile.text(AnalysisJson.of(report)) + "\n");
      AtomicFile.write(staged.path().resolve(PAGE), AnalysisPage.of(report));
      staged.commit();
    }
    context.say("Analysis   " + to.resolve(PAGE));
  }

  private static String untuned(StoredModel model) {
    return model
        .untuned()
        .orElseThrow(
            () ->
                new UserInputException(
                    "Nothing says which base model %s was tuned from; name it with --base"
                        .formatted(model.path())));
  }

  private void requireOneBase(BaseDirectory first) {
    for (StoredModel model : stored) {
      BaseDirectory other = SparkBases.source().resolve(untuned(model));
      if (!other.sha256().equals(first.sha256())) {
        throw new UserInputException(
            ("Cannot analyze %s beside %s: one was tuned from base %s and the other from %s (updates"
                    + " of two bases have nothing in common); name models of one base")
                .formatted(
                    stored.get(0).path(), model.path(), untuned(stored.get(0)), untuned(model)));
      }
    }
  }

  /** Models by name: that of their folder, or the whole path where two would be called alike. */
  private Map<String, StoredModel> names() {
    Map<String, Integer> folders = new TreeMap<>();
    stored.forEach(model -> folders.merge(folder(model), 1, Integer::sum));
    Map<String, StoredModel> names = new LinkedHashMap<>();
    for (StoredModel model : stored) {
      String name = folders.get(folder(model)) == 1 ? folder(model) : model.path().toString();
      if (names.put(name, model) != null) {
        throw new UserInputException(
            "Cannot analyze %s beside itself; name each model once".formatted(model.path()));
      }
    }
    return names;
  }

  private static String folder(StoredModel model) {
    Path last = model.path().toAbsolutePath().normalize().getFileName();
    return last == null ? model.path().toString() : last.toString();
  }

  private ModelAnalysis analysis(
      String name, StoredModel stored, BaseDirectory base, SafetensorsFile file) {
    try (OpenedModel model = OpenedModel.of(name, stored, base, file)) {
      List<WeightUpdate> updates = new ArrayList<>();
      Map<Integer, List<ChangePoint>> earlier = new LinkedHashMap<>();
      for (ModuleShape module : model.tuned().modules()) {
        float[] frozen = model.frozen(module).orElse(null);
        if (frozen != null) {
          updates.add(WeightUpdate.of(model.tuned(), module, frozen, VECTORS));
          model
              .earlier()
              .forEach(
                  (step, weights) ->
                      earlier
                          .computeIfAbsent(step, key -> new ArrayList<>())
                          .add(point(weights, module, frozen, "step " + step)));
        }
      }
      context.say(
          "Analyzed   %s: %s, %s, %s"
              .formatted(
                  name,
                  model.method(),
                  CountText.of(updates.size(), "module"),
                  CountText.of(model.earlier().size(), "checkpoint")));
      return new ModelAnalysis(name, model.method(), updates, points(updates, earlier));
    }
  }

  private static ChangePoint point(
      TunedWeights weights, ModuleShape module, float[] frozen, String moment) {
    float[] tuned = weights.tuned(module, frozen);
    return new ChangePoint(
        module.path(),
        moment,
        WeightUpdate.change(module, frozen, tuned, VectorAxis.ROWS),
        WeightUpdate.change(module, frozen, tuned, VectorAxis.COLUMNS));
  }

  /** The last checkpoint may be what the run ended with: that is no other moment. */
  private static List<ChangePoint> points(
      List<WeightUpdate> updates, Map<Integer, List<ChangePoint>> earlier) {
    List<ChangePoint> last =
        updates.stream()
            .map(
                update ->
                    new ChangePoint(
                        update.module().path(), ChangePoint.END, update.rows(), update.columns()))
            .toList();
    List<ChangePoint> points = new ArrayList<>();
    for (List<ChangePoint> moment : earlier.values()) {
      boolean same = true;
      for (int i = 0; i < last.size(); i++) {
        same &= moment.get(i).isLike(last.get(i));
      }
      if (!same) {
        points.addAll(moment);
      }
    }
    points.addAll(last);
    return points;
  }

  private static List<PairAnalysis> pairs(List<ModelAnalysis> models) {
    List<PairAnalysis> pairs = new ArrayList<>();
    for (int i = 0; i < models.size(); i++) {
      for (int j = i + 1; j < models.size(); j++) {
        List<PairAnalysis.Shared> shared = shared(models.get(i), models.get(j));
        if (!shared.isEmpty()) {
          pairs.add(new PairAnalysis(models.get(i).name(), models.get(j).name(), shared));
        }
      }
    }
    return pairs;
  }

  private static List<PairAnalysis.Shared> shared(ModelAnalysis one, ModelAnalysis other) {
    Map<String, WeightUpdate> ofOther = new TreeMap<>();
    other.updates().forEach(update -> ofOther.put(update.module().path(), update));
    List<PairAnalysis.Shared> shared = new ArrayList<>();
    for (WeightUpdate update : one.updates()) {
      WeightUpdate beside = ofOther.get(update.module().path());
      if (beside != null && update.left().length > 0 && beside.left().length > 0) {
        shared.add(
            new PairAnalysis.Shared(
                update.module().path(),
                SubspaceSimilarity.of(update.right(), beside.right()),
                SubspaceSimilarity.of(update.left(), beside.left()),
                update.module().inFeatures(),
                update.module().outFeatures()));
      }
    }
    return shared;
  }
}
