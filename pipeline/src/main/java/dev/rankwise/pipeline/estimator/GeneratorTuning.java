package dev.rankwise.pipeline.estimator;

import dev.rankwise.adapters.spec.AdapterSpec;
import dev.rankwise.datasets.base.SparkBases;
import dev.rankwise.datasets.picture.PictureForm;
import dev.rankwise.datasets.prepare.TokenizerSource;
import dev.rankwise.models.config.ModelConfig;
import dev.rankwise.models.source.BaseDirectory;
import dev.rankwise.models.source.BaseReference;
import dev.rankwise.models.torch.FloatProducts;
import dev.rankwise.pipeline.model.AdaptedDecoder;
import dev.rankwise.pipeline.tune.FrameTuning;
import dev.rankwise.pipeline.tune.TuningSettings;
import dev.rankwise.pipeline.vision.AskedAdapter;
import dev.rankwise.pipeline.vision.PictureInput;
import dev.rankwise.pipeline.vision.TeacherBase;
import java.util.Optional;
import java.util.SortedMap;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;

/**
 * How an estimator tunes a decoder, once base and teacher are found. Driver only.
 *
 * @param common which base, in which types
 * @param sequences how rows become sequences
 * @param pictures where their pictures lie
 * @param tuning what is trained and how
 * @param found the base
 * @param asked what the adapter comes to on it
 */
record GeneratorTuning(
    ReplicaParams common,
    SequenceParams sequences,
    PictureParams pictures,
    TuningParams tuning,
    BaseDirectory found,
    AskedAdapter asked) {

  /**
   * Finds base and teacher.
   *
   * @throws dev.rankwise.models.failure.UserInputException if they do not fit each other, or what
   *     is asked
   */
  static GeneratorTuning of(
      ReplicaParams common, SequenceParams sequences, PictureParams pictures, TuningParams tuning) {
    BaseDirectory found = SparkBases.source().resolve(common.text(common.base));
    AdaptedDecoder.requireDecoder(ModelConfig.read(found.config()));
    tuning.requirePictures(pictures.column());
    AdapterSpec spec = tuning.adapter(AdapterSpec.CAUSAL_LANGUAGE_MODEL);
    return new GeneratorTuning(
        common,
        sequences,
        pictures,
        tuning,
        found,
        AskedAdapter.of(spec, sequences.sight(), found));
  }

  /** Prepares the rows and tunes on them. */
  FrameTuning.Tuned tune(Dataset<Row> rows) {
    ModelConfig config = ModelConfig.read(found.config());
    BaseReference base = BaseReference.to(common.text(common.base), found);
    Optional<PictureForm> seen =
        asked.pictures().map(it -> it.form(Optional.of(pictures.squaring())));
    int threads = ReplicaParams.threads(rows.sparkSession().sparkContext());
    return new FrameTuning(
            sequences.settings(found, config, pictures.column(), seen),
            TokenizerSource.of(base, config),
            pictures.folder(),
            common.text(tuning.workDirectory),
            threads)
        .tune(rows, products -> settings(base, products, threads));
  }

  private TuningSettings settings(BaseReference base, FloatProducts products, int threads) {
    SortedMap<String, String> decisive =
        tuning.decisive(
            asked.pictures().map(PictureInput::preparation),
            asked.teacher().map(it -> it.directory().sha256()));
    decisive.putAll(sequences.decisive());
    return new TuningSettings(
            base,
            asked.spec(),
            tuning.training(),
            tuning.weightDecay(),
            common.replica(products, threads),
            decisive)
        .taughtBy(asked.teacher().map(TeacherBase::reference));
  }

  /** What was trained, with how it wants its pictures. */
  TrainedAdapter trained(FrameTuning.Tuned tuned) {
    return TrainedAdapter.of(tuned.model())
        .seeing(asked.pictures().map(PictureInput::preparation).stream().toList());
  }
}
