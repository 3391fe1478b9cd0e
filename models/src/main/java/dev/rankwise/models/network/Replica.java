package dev.rankwise.models.network;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import dev.rankwise.models.config.ModelConfig;
import dev.rankwise.models.format.Sha256;
import dev.rankwise.models.network.LinkedProgram.LinkedSegment;
import dev.rankwise.models.source.BaseDirectory;
import dev.rankwise.models.torch.KernelProgram;
import dev.rankwise.models.torch.KernelText;
import dev.rankwise.models.torch.TensorScope;
import dev.rankwise.models.torch.TorchRuntime;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.function.Consumer;
import java.util.function.IntFunction;

/**
 * A frozen base in this JVM, mapped once and shared by all threads, with the kernels of one adapter
 * linked into it.
 *
 * <p>Loops over segments stay in Java: one kernel call for the embeddings, one for each block, one
 * for the head.
 */
public final class Replica implements AutoCloseable {
  private static final String RUNTIME = "kernels/runtime/tensors.torchscript";

  private final ModelConfig config;
  private final ReplicaSettings settings;
  private final LinkedProgram linked;
  private final KernelProgram program;
  private final MappedBase base;

  private Replica(
      ModelConfig config,
      ReplicaSettings settings,
      LinkedProgram linked,
      KernelProgram program,
      MappedBase base) {
    this.config = config;
    this.settings = settings;
    this.linked = linked;
    this.program = program;
    this.base = base;
  }

  /**
   * Opens a replica: links and compiles the kernels, writes the replica file into the cache unless
   * it is there, checks it and maps it.
   *
   * @param directory the base, in Hugging Face form
   * @param config its configuration, with the task's labels
   * @param attachment the adapter's tensors and products; {@link Attachment#none()} for the base
   *     alone
   * @param settings element types and threads
   * @param cacheRoot folder of the local cache
   */
  public static Replica open(
      BaseDirectory directory,
      ModelConfig config,
      Attachment attachment,
      ReplicaSettings settings,
      Path cacheRoot) {
    TorchRuntime.prepareThread(settings.threads());
    LinkedProgram linked = ProgramLinker.link(Networks.segments(config), attachment, settings);
    KernelProgram program = KernelProgram.compile(programText(linked));
    try {
      ReplicaFile file =
          ReplicaFile.obtain(directory, config, linked.segments(), settings.baseType(), cacheRoot);
      MappedBase base = MappedBase.map(file, linked.segments(), program, settings.baseType());
      return new Replica(config, settings, linked, program, base);
    } catch (RuntimeException e) {
      program.close();
      throw e;
    }
  }

  /**
   * SHA-256 of the kernel texts that {@link #open} would link: part of a run's fingerprint. Needs
   * no native library.
   */
  public static String programSha256(
      ModelConfig config, Attachment attachment, ReplicaSettings settings) {
    String text = programText(ProgramLinker.link(Networks.segments(config), attachment, settings));
    return Sha256.ofBytes(text.getBytes(StandardCharsets.UTF_8));
  }

  private static String programText(LinkedProgram linked) {
    return linked.source() + KernelText.read(RUNTIME);
  }

  /** A copy of {@code theta} in native memory, in the layout's order. */
  public Parameters parameters(float[] theta) {
    TorchRuntime.prepareThread(settings.threads());
    return Parameters.of(theta, linked.segments(), program);
  }

  /** Begins a pass that sums gradients over micro-batches. */
  public GradientPass gradientPass(Parameters parameters) {
    return new GradientPass(this, parameters);
  }

  /** Class scores of each sequence, (sequences, classes). */
  public float[][] logits(Parameters parameters, TokenBatch batch) {
    float[] flat = lastState(parameters, batch);
    int classes = flat.length / batch.sequences();
    float[][] logits = new float[batch.sequences()][classes];
    for (int b = 0; b < logits.length; b++) {
      System.arraycopy(flat, b * classes, logits[b], 0, classes);
    }
    return logits;
  }

  /**
   * What every segment gives, in order: the input of block 0, the output of each block, (tokens,
   * hidden); and the class scores where the network has a head.
   */
  public List<float[]> states(Parameters parameters, TokenBatch batch) {
    TorchRuntime.prepareThread(settings.threads());
    TorchRuntime.recordNothing();
    try (TensorScope scope = TorchRuntime.scope()) {
      int rows = BatchPlaces.rows(batch, settings.baseType());
      List<float[]> states = new ArrayList<>();
      for (NDArray state : run(batch, scope, parameters::segment)) {
        float[] values = program.call("float32", state).toFloatArray();
        boolean perToken = state.getShape().get(0) == rows;
        states.add(perToken ? trimmed(values, rows, batch.tokens()) : values);
      }
      return states;
    }
  }

  /** What the last segment gives; each state is freed as soon as the next one is there. */
  private float[] lastState(Parameters parameters, TokenBatch batch) {
    TorchRuntime.prepareThread(settings.threads());
    TorchRuntime.recordNothing();
    try (TensorScope scope = TorchRuntime.scope()) {
      List<NDArray> held = new ArrayList<>();
      run(
          batch,
          scope,
          parameters::segment,
          state -> {
            held.add(state);
            if (held.size() > 1) {
              held.remove(0).close();
            }
          });
      return program.call("float32", held.get(0)).toFloatArray();
    }
  }

  /** Leaves out what was filled in after the tokens. */
  private static float[] trimmed(float[] values, int rows, int tokens) {
    return Arrays.copyOf(values, values.length / rows * tokens);
  }

  /** Runs all segments; the last result is the head's where there is one. */
  List<NDArray> run(TokenBatch batch, TensorScope scope, IntFunction<NDArray> theta) {
    List<NDArray> states = new ArrayList<>();
    run(batch, scope, theta, states::add);
    return states;
  }

  private void run(
      TokenBatch batch, TensorScope scope, IntFunction<NDArray> theta, Consumer<NDArray> each) {
    int rows = BatchPlaces.rows(batch, settings.baseType());
    NDList places = BatchPlaces.of(batch, rows, config.firstPosition(), config.heads(), scope);
    NDArray x = scope.longs(Arrays.copyOf(batch.ids(), rows), rows);
    for (int i = 0; i < linked.segments().size(); i++) {
      String method = linked.segments().get(i).method();
      x = program.call(method, new NDList(x, theta.apply(i)), List.of(places, base.weights(i)));
      each.accept(x);
    }
  }

  List<LinkedSegment> segments() {
    return linked.segments();
  }

  KernelProgram program() {
    return program;
  }

  ReplicaSettings settings() {
    return settings;
  }

  @Override
  public void close() {
    base.close();
    program.close();
  }
}
