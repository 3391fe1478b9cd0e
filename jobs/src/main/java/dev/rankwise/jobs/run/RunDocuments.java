package dev.rankwise.jobs.run;

import dev.rankwise.adapters.analysis.TaskGates;
import dev.rankwise.datasets.shard.DataManifest;
import dev.rankwise.datasets.source.SourceDescription;
import dev.rankwise.jobs.conf.Recipe;
import dev.rankwise.jobs.session.JsonFile;
import dev.rankwise.jobs.session.RunFiles;
import dev.rankwise.pipeline.checkpoint.RunFolder;
import dev.rankwise.pipeline.train.HeldOutLoss;
import dev.rankwise.pipeline.tune.LibraryVersion;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * What a run leaves beside its adapter for people and for other programs.
 *
 * @param folder the run folder
 * @param recipe what was asked for
 * @param finished what was reached
 */
record RunDocuments(RunFolder folder, Recipe recipe, FinishedRun finished) {

  void write() {
    folder.commitFile(RunFiles.RECIPE, recipe.toYaml().getBytes(StandardCharsets.UTF_8));
    JsonFile.commit(folder, RunFiles.EVALUATION, evaluation());
    JsonFile.commit(folder, RunFiles.LINEAGE, lineage());
    new ReportStage(folder, recipe, finished).commit();
  }

  private Map<String, Object> evaluation() {
    Map<String, Object> fields = new LinkedHashMap<>();
    finished.before().ifPresent(before -> fields.put("before", before.metrics().fields()));
    finished.first().ifPresent(first -> fields.put("first_adapter", first.metrics().fields()));
    finished.after().ifPresent(after -> fields.put("after", after.metrics().fields()));
    TaskGates gates = TaskGates.of(finished.tuned().adapter());
    if (!gates.byTask().isEmpty()) {
      fields.put("task_gates", gates.byTask());
    }
    List<Map<String, Object>> onTheWay = new ArrayList<>();
    for (HeldOutLoss measured : finished.tuned().training().heldOut()) {
      Map<String, Object> one = new LinkedHashMap<>();
      one.put("step", measured.step());
      one.put("mean_loss", JsonFile.finite(measured.loss()));
      onTheWay.add(one);
    }
    if (!onTheWay.isEmpty()) {
      fields.put("on_the_way", onTheWay);
    }
    return fields;
  }

  private Map<String, Object> lineage() {
    DataManifest manifest = finished.data().manifest();
    Map<String, Object> fields = new LinkedHashMap<>();
    fields.put("rankwise", LibraryVersion.RANKWISE);
    fields.put("base", recipe.base().model());
    fields.put("base_sha256", manifest.baseSha256());
    fields.put("tokenizer_sha256", manifest.tokenizerSha256());
    fields.put("data_sha256", manifest.contentSha256());
    fields.put("sources", sources(manifest));
    fields.put("rows_read", manifest.funnel().read());
    fields.put("rows_rejected", manifest.funnel().rejectedRows());
    fields.put("train_examples", manifest.train().examples());
    fields.put("test_examples", manifest.test().examples());
    fields.put(finished.weights().hashKey(), finished.weights().sha256());
    fields.put("fingerprint", finished.tuned().fingerprint().sha256());
    return fields;
  }

  private static List<Map<String, Object>> sources(DataManifest manifest) {
    List<Map<String, Object>> sources = new ArrayList<>();
    for (SourceDescription source : manifest.sources()) {
      Map<String, Object> fields = new LinkedHashMap<>();
      fields.put("kind", source.kind());
      fields.put("location", source.location());
      fields.put("version", source.version());
      sources.add(fields);
    }
    return sources;
  }
}
