package dev.rankwise.jobs.analyze;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.rankwise.adapters.analysis.AdapterWeights;
import dev.rankwise.adapters.analysis.TunedWeights;
import dev.rankwise.adapters.plan.Adapter;
import dev.rankwise.adapters.plan.AdapterPlan;
import dev.rankwise.jobs.session.RunFiles;
import dev.rankwise.models.format.StrictJson;
import dev.rankwise.pipeline.checkpoint.Checkpoint;
import dev.rankwise.pipeline.checkpoint.CheckpointName;
import dev.rankwise.pipeline.checkpoint.CheckpointStore;
import dev.rankwise.pipeline.checkpoint.CommitStrategy;
import dev.rankwise.pipeline.checkpoint.FaultPoint;
import dev.rankwise.pipeline.checkpoint.LocalStorage;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;

/** The weights of a run as its checkpoints have them. */
final class EarlierWeights {
  private static final String PARAMETERS = "parameters";
  private static final long MOST_BYTES = 16L << 20;

  private EarlierWeights() {}

  /**
   * The weights by number of steps, the earliest first. Checkpoints of another run than the one
   * that {@code result.json} tells of are passed over, and so is a folder without any.
   *
   * @param run a run folder
   * @param plan what the numbers of a checkpoint mean
   */
  static Map<Integer, TunedWeights> of(Path run, AdapterPlan plan) {
    Path folder = run.resolve(RunFiles.CHECKPOINTS);
    Path result = run.resolve(RunFiles.RESULT);
    Map<Integer, TunedWeights> weights = new LinkedHashMap<>();
    if (!Files.isDirectory(folder) || !Files.isRegularFile(result)) {
      return weights;
    }
    SortedMap<String, String> fingerprint = fingerprint(result);
    CheckpointStore store =
        new CheckpointStore(
            new LocalStorage(folder), CommitStrategy.RENAME, 1, FaultPoint.Listener.none());
    for (CheckpointName name : store.committed()) {
      Optional<Checkpoint> checkpoint =
          store.whole(name).filter(it -> it.fingerprint().equals(fingerprint));
      if (checkpoint.isPresent()) {
        float[] theta = checkpoint.get().state().vector(PARAMETERS, plan.layout().size());
        weights.put(name.step(), new AdapterWeights(new Adapter(plan, theta)));
      }
    }
    return weights;
  }

  private static SortedMap<String, String> fingerprint(Path result) {
    ObjectNode json = StrictJson.read(result, MOST_BYTES);
    SortedMap<String, String> parts = new TreeMap<>();
    json.path("fingerprint_parts")
        .properties()
        .forEach(part -> parts.put(part.getKey(), part.getValue().asText()));
    return parts;
  }
}
