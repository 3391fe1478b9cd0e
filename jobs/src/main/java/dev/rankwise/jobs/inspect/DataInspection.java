package dev.rankwise.jobs.inspect;

import dev.rankwise.datasets.picture.PictureForm;
import dev.rankwise.datasets.shard.DataManifest;
import dev.rankwise.datasets.shard.ManifestJson;
import dev.rankwise.datasets.shard.SplitManifest;
import dev.rankwise.datasets.source.SourceDescription;
import dev.rankwise.jobs.chart.NumberText;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;

/** Prepared data, by their manifest; the examples' files are not read. */
final class DataInspection {
  private DataInspection() {}

  static List<String> of(Path file) {
    DataManifest manifest = ManifestJson.read(file);
    Facts facts = Facts.headed("Prepared data " + file.getParent());
    for (SourceDescription source : manifest.sources()) {
      facts.add("source", source.kind() + " " + source.location());
    }
    facts.add("rows read", manifest.funnel().read());
    manifest.funnel().rejected().forEach((reason, count) -> facts.add("rejected " + reason, count));
    manifest.funnel().changed().forEach((change, count) -> facts.add("changed " + change, count));
    facts.add("unused", manifest.funnel().unused());
    facts.add("training examples", manifest.train().examples());
    facts.add("held-out examples", manifest.test().examples());
    facts.add("cut to the limit", manifest.funnel().truncated());
    facts.add("longest example", manifest.maximumTokens() + " tokens at most");
    pictures(facts, manifest.settings());
    switch (manifest.kind()) {
      case LABELLED -> facts.add("classes", manifest.labels().size() + ": " + manifest.labels());
      case SEQUENCES -> sequences(facts, manifest);
    }
    facts.add("content SHA-256", manifest.contentSha256());
    return facts.add("SHA-256 of the base", manifest.baseSha256()).lines();
  }

  private static void pictures(Facts facts, Map<String, String> settings) {
    if (settings.containsKey(PictureForm.SIDE)) {
      String side = settings.get(PictureForm.SIDE);
      String patch = settings.get(PictureForm.PATCH);
      facts.add(
          "pictures",
          "%s x %s pixels, %s, in patches of %s x %s"
              .formatted(side, side, settings.get(PictureForm.SQUARING), patch, patch));
    }
  }

  private static void sequences(Facts facts, DataManifest manifest) {
    SplitManifest train = manifest.train();
    facts.add("texts in training sequences", train.texts());
    facts.add("tokens to train on", train.targets() + " of " + train.tokens());
    facts.add("sequences filled", NumberText.percent(train.filled()));
    for (int task = 0; task < manifest.tasks().size(); task++) {
      facts.add(
          "task " + manifest.tasks().get(task),
          "%s texts to train on, %s held out"
              .formatted(
                  train.taskCounts().get(task).texts(),
                  manifest.test().taskCounts().get(task).texts()));
    }
  }
}
