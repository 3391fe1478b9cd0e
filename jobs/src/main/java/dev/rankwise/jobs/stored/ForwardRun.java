package dev.rankwise.jobs.stored;

import dev.rankwise.adapters.peft.AdapterOrigin;
import dev.rankwise.adapters.peft.BaseHolding;
import dev.rankwise.adapters.peft.PeftDirectory;
import dev.rankwise.adapters.plan.Adapter;
import dev.rankwise.adapters.plan.AdapterPlan;
import dev.rankwise.adapters.spec.Parameter;
import dev.rankwise.datasets.base.SparkBases;
import dev.rankwise.models.config.ModelConfig;
import dev.rankwise.models.config.ModelTask;
import dev.rankwise.models.failure.UserInputException;
import dev.rankwise.models.format.SafetensorsWriter;
import dev.rankwise.models.format.StoredTensor;
import dev.rankwise.models.network.Attachment;
import dev.rankwise.models.network.BaseType;
import dev.rankwise.models.network.GradientPass;
import dev.rankwise.models.network.GroupSum;
import dev.rankwise.models.network.GroupSum.Said;
import dev.rankwise.models.network.Parameters;
import dev.rankwise.models.network.Replica;
import dev.rankwise.models.network.ReplicaSettings;
import dev.rankwise.models.network.TokenBatch;
import dev.rankwise.models.quantized.BaseForm;
import dev.rankwise.models.source.BaseCache;
import dev.rankwise.models.source.BaseDirectory;
import dev.rankwise.models.vision.Picture;
import dev.rankwise.pipeline.evaluate.ClassScores;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * One forward pass on given tokens, and its backward pass: the door through which any other
 * implementation is compared. Needs no Spark.
 *
 * @param base name of the base
 * @param adapterFolder an adapter in PEFT's form; the base alone without
 * @param type element type of the base; empty for what the adapter's files say
 * @param form how the weights of its linear modules are held; empty for what the adapter's files
 *     say
 */
public record ForwardRun(
    String base, Optional<Path> adapterFolder, Optional<BaseType> type, Optional<BaseForm> form) {

  /** What is written beside logits and loss. */
  public enum Beside {
    /**
     * {@code hidden.0}, {@code hidden.1} …: the input of the first block and what each block gives;
     * and {@code last_hidden_state}, after the norm that follows the blocks, where one does.
     */
    STATES,
    /**
     * The gradient of the summed loss by each trainable tensor; where the adapter adds terms to the
     * loss their sum, {@code loss_terms}, of which the gradients are too.
     */
    GRADIENTS
  }

  /** Writes {@code logits}, {@code loss_sum} where the inputs have labels, and what is asked. */
  public void write(Path inputs, Set<Beside> asked, Path outputs) {
    try (Opened opened = open()) {
      ForwardInputs read = ForwardInputs.read(inputs, opened.config());
      if (asked.contains(Beside.GRADIENTS) && (!read.hasLabels() || opened.adapter().isEmpty())) {
        throw new UserInputException(
            "Cannot compute gradients: they need labels among the inputs, and an adapter whose"
                + " tensors are trained; give both, or leave out --gradients");
      }
      List<StoredTensor> tensors = outputs(opened, read, asked);
      if (asked.contains(Beside.GRADIENTS)) {
        tensors.addAll(gradients(opened, read.batch()));
      }
      SafetensorsWriter.write(outputs, Map.of("format", "pt"), tensors);
    }
  }

  /**
   * Writes {@code logits} of picture files, what is asked, and {@code pixel_values}, what the base
   * reads of each.
   *
   * @param files PNG, JPEG or WebP files; they have no labels
   */
  public void writePictures(PictureFiles files, Set<Beside> asked, Path outputs) {
    if (asked.contains(Beside.GRADIENTS)) {
      throw new UserInputException(
          "Invalid --gradients: picture files have no labels; give labels and pixel_values with"
              + " --inputs");
    }
    try (Opened opened = open()) {
      List<Picture> pictures = files.read(opened.directory().directory(), opened.config());
      List<StoredTensor> tensors =
          outputs(opened, ForwardInputs.of(pictures, opened.config()), asked);
      tensors.add(pixels(pictures));
      SafetensorsWriter.write(outputs, Map.of("format", "pt"), tensors);
    }
  }

  private static StoredTensor pixels(List<Picture> pictures) {
    Picture first = pictures.get(0);
    int size = first.pixels().length;
    float[] all = new float[pictures.size() * size];
    for (int i = 0; i < pictures.size(); i++) {
      System.arraycopy(pictures.get(i).pixels(), 0, all, i * size, size);
    }
    List<Long> shape =
        List.of(
            (long) pictures.size(),
            (long) first.channels(),
            (long) first.height(),
            (long) first.width());
    return StoredTensor.ofFloats("pixel_values", shape, all);
  }

  private Opened open() {
    Path cache = BaseCache.defaultRoot();
    BaseDirectory directory = SparkBases.source().resolve(base);
    ModelConfig config = ModelConfig.read(directory.config());
    Optional<Adapter> adapter =
        adapterFolder.map(folder -> PeftDirectory.read(folder, config, directory.sha256()));
    adapter.ifPresent(it -> it.requireCopiesOf(directory));
    ModelConfig whole = adapter.map(it -> it.plan().base()).orElse(config);
    Attachment attachment = adapter.map(it -> it.plan().attachment()).orElseGet(Attachment::none);
    int threads = Runtime.getRuntime().availableProcessors();
    BaseHolding trained =
        adapterFolder
            .flatMap(PeftDirectory::origin)
            .map(AdapterOrigin::held)
            .orElseGet(BaseHolding::usual)
            .unlessAsItIs();
    ReplicaSettings settings =
        new ReplicaSettings(type.orElse(trained.type()), BaseType.FLOAT32, threads)
            .with(form.orElse(trained.form()));
    Replica replica = Replica.open(directory, whole, attachment, settings, cache);
    float[] theta = adapter.map(Adapter::values).orElseGet(() -> new float[0]);
    return new Opened(directory, whole, adapter, replica, replica.parameters(theta));
  }

  private static List<StoredTensor> outputs(
      Opened opened, ForwardInputs inputs, Set<Beside> asked) {
    TokenBatch batch = inputs.batch();
    List<StoredTensor> tensors = new ArrayList<>();
    ModelTask task = opened.config().task();
    if (asked.contains(Beside.STATES) || task == ModelTask.HIDDEN_STATES) {
      List<float[]> states = opened.replica().states(opened.parameters(), batch);
      tensors.add(inputs.padded("last_hidden_state", states.get(states.size() - 1)));
      for (int i = 0; asked.contains(Beside.STATES) && i <= opened.config().layers(); i++) {
        tensors.add(inputs.padded("hidden." + i, states.get(i)));
      }
    }
    if (task == ModelTask.HIDDEN_STATES) {
      return tensors;
    }
    float[][] logits = opened.replica().logits(opened.parameters(), batch);
    float[] flat = new float[logits.length * logits[0].length];
    double loss = 0;
    for (int row = 0; row < logits.length; row++) {
      System.arraycopy(logits[row], 0, flat, row * logits[row].length, logits[row].length);
      if (inputs.hasLabels() && batch.labels()[row] != TokenBatch.NONE) {
        loss += ClassScores.crossEntropy(logits[row], batch.labels()[row]);
      }
    }
    List<Long> shape = List.of((long) logits.length, (long) logits[0].length);
    tensors.add(
        task == ModelTask.CAUSAL_LANGUAGE_MODEL
            ? inputs.padded("logits", flat)
            : StoredTensor.ofFloats("logits", shape, flat));
    if (inputs.hasLabels()) {
      tensors.add(StoredTensor.ofFloats("loss_sum", List.of(), new float[] {(float) loss}));
    }
    return tensors;
  }

  private static List<StoredTensor> gradients(Opened opened, TokenBatch batch) {
    List<StoredTensor> tensors = new ArrayList<>();
    try (GradientPass pass = opened.replica().gradientPass(opened.parameters())) {
      pass.add(batch, 1);
      GroupSum sum = pass.finish();
      AdapterPlan plan = opened.adapter().orElseThrow().plan();
      plan.attachment()
          .asides()
          .ifPresent(asides -> tensors.add(terms(asides.weights(), sum.asides())));
      for (Parameter parameter : plan.layout().parameters()) {
        int begin = parameter.offset();
        int end = begin + parameter.tensor().size();
        tensors.add(
            StoredTensor.ofFloats(
                PeftDirectory.nameOnDisk(plan, parameter.tensor()),
                parameter.tensor().shape().stream().map(Integer::longValue).toList(),
                Arrays.copyOfRange(sum.gradient(), begin, end)));
      }
    }
    return tensors;
  }

  /** The further terms of the loss, weighted: their gradients are among those of the tensors. */
  private static StoredTensor terms(List<Double> weights, List<Said> asides) {
    double terms = 0;
    for (Said said : asides) {
      for (int i = 0; i < weights.size(); i++) {
        terms += weights.get(i) * said.terms()[i];
      }
    }
    return StoredTensor.ofFloats("loss_terms", List.of(), new float[] {(float) terms});
  }

  /** A base with its adapter, ready to compute. */
  private record Opened(
      BaseDirectory directory,
      ModelConfig config,
      Optional<Adapter> adapter,
      Replica replica,
      Parameters parameters)
      implements AutoCloseable {
    @Override
    public void close() {
      parameters.close();
      replica.close();
    }
  }
}
