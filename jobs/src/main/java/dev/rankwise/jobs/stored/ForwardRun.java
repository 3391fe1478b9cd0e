package dev.rankwise.jobs.stored;

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
import dev.rankwise.models.network.Parameters;
import dev.rankwise.models.network.Replica;
import dev.rankwise.models.network.ReplicaSettings;
import dev.rankwise.models.network.TokenBatch;
import dev.rankwise.models.quantized.BaseForm;
import dev.rankwise.models.source.BaseCache;
import dev.rankwise.models.source.BaseDirectory;
import dev.rankwise.pipeline.evaluate.ClassScores;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * One forward pass on given tokens, and its backward pass: the door through which any other
 * implementation is compared. Needs no Spark.
 *
 * @param base name of the base
 * @param adapterFolder an adapter in PEFT's form; the base alone without
 * @param type element type of the base
 * @param form how the weights of its linear modules are held
 */
public record ForwardRun(String base, Optional<Path> adapterFolder, BaseType type, BaseForm form) {

  /** Writes {@code logits}, and {@code loss_sum} where the inputs have labels. */
  public void write(Path inputs, Path outputs) {
    try (Opened opened = open()) {
      ForwardInputs read = ForwardInputs.read(inputs, opened.config());
      SafetensorsWriter.write(outputs, Map.of("format", "pt"), outputs(opened, read));
    }
  }

  /** Writes as {@link #write}, and the gradient of the summed loss by each trainable tensor. */
  public void writeWithGradients(Path inputs, Path outputs) {
    try (Opened opened = open()) {
      ForwardInputs read = ForwardInputs.read(inputs, opened.config());
      if (!read.hasLabels() || opened.adapter().isEmpty()) {
        throw new UserInputException(
            "Cannot compute gradients: they need labels among the inputs, and an adapter whose"
                + " tensors are trained; give both, or leave out --gradients");
      }
      List<StoredTensor> tensors = outputs(opened, read);
      tensors.addAll(gradients(opened, read.batch()));
      SafetensorsWriter.write(outputs, Map.of("format", "pt"), tensors);
    }
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
    ReplicaSettings settings = new ReplicaSettings(type, BaseType.FLOAT32, threads).with(form);
    Replica replica = Replica.open(directory, whole, attachment, settings, cache);
    float[] theta = adapter.map(Adapter::values).orElseGet(() -> new float[0]);
    return new Opened(whole, adapter, replica, replica.parameters(theta));
  }

  private static List<StoredTensor> outputs(Opened opened, ForwardInputs inputs) {
    TokenBatch batch = inputs.batch();
    List<StoredTensor> tensors = new ArrayList<>();
    ModelTask task = opened.config().task();
    if (task == ModelTask.HIDDEN_STATES) {
      List<float[]> states = opened.replica().states(opened.parameters(), batch);
      tensors.add(inputs.padded("last_hidden_state", states.get(states.size() - 1)));
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

  /** A base with its adapter, ready to compute. */
  private record Opened(
      ModelConfig config, Optional<Adapter> adapter, Replica replica, Parameters parameters)
      implements AutoCloseable {
    @Override
    public void close() {
      parameters.close();
      replica.close();
    }
  }
}
