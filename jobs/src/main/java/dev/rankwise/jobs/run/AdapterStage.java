package dev.rankwise.jobs.run;

import dev.rankwise.datasets.shard.DataManifest;
import dev.rankwise.jobs.conf.Recipe;
import dev.rankwise.models.format.*;
import dev.rankwise.pipeline.checkpoint.RunFolder;
import dev.rankwise.pipeline.evaluate.Evaluation;
import dev.rankwise.pipeline.tune.TunedClassifier;
import java.util.*;

final class AdapterStage {
  static String export(RunFolder folder, Recipe recipe, DataManifest manifest, TunedClassifier tuned, Optional<Evaluation> after) {
    return Sha256.ofBytes(dev.rankwise.pipeline.reduce.FloatBytes.of(tuned.adapter().values()));
  }
}
