package dev.rankwise.models.network;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import dev.rankwise.models.architecture.Network;
import dev.rankwise.models.architecture.Network.Answer;
import dev.rankwise.models.architecture.Networks;
import dev.rankwise.models.architecture.Segment.Role;
import dev.rankwise.models.config.BaseWeights;
import dev.rankwise.models.config.ModelConfig;
import dev.rankwise.models.config.ModuleTree;
import dev.rankwise.models.config.VisionEmbedding;
import dev.rankwise.models.failure.UserInputException;
import dev.rankwise.models.format.SafetensorsFile;
import dev.rankwise.models.format.Sha256;
import dev.rankwise.models.network.Attachment.Asides;
import dev.rankwise.models.network.ForwardPass.Aside;
import dev.rankwise.models.network.GroupSum.Said;
import dev.rankwise.models.network.LinkedProgram.LinkedSegment;
import dev.rankwise.models.network.ProgramLinker.Layouts;
import dev.rankwise.models.quantized.FourBitLayout;
import dev.rankwise.models.source.BaseDirectory;
import dev.rankwise.models.torch.KernelProgram;
import dev.rankwise.models.torch.KernelText;
import dev.rankwise.models.torch.TensorScope;
import dev.rankwise.models.torch.TorchRuntime;
import dev.rankwise.models.vision.PicturedPrompt;
import java.io.Serializable;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.IntStream;
import java.util.stream.Stream;

/**
 * A frozen base in this JVM, mapped once and shared by all threads, with the kernels of one adapter
 * linked into it.
 *
 * <p>Loops over segments stay in Java: one kernel call for the embeddings, one for each block, one
 * for the head.
 */
public final class Replica implements AutoCloseable {
  private static final String RUNTIME = "kernels/runtime/tensors.torchscript";
  private static final String ASIDES = "kernels/runtime/asides.torchscript";

  private static final String OF_FOUR_BITS = "kernels/runtime/four_bit.torchscript";

  private static final String OF_PICTURES = "kernels/runtime/pictures.torchscript";

  private static final String BY_HAND = "kernels/runtime/backward.torchscript";

  private static final List<String> OF_DECODERS =
      List.of(
          "kernels/runtime/norms.torchscript",
          "kernels/runtime/rotary.torchscript",
          "kernels/runtime/causal.torchscript",
          "kernels/runtime/attention.torchscript",
          "kernels/runtime/cache.torchscript");

  private final ModelConfig config;
  private final ReplicaSettings settings;
  private final LinkedProgram linked;
  private final KernelProgram program;
  private final MappedBase base;
  private final Network network;
  private final Places places;
  private final Attachment attachment;

  /**
   * How well a causal decoder predicts tokens that have a target; may be added up.
   *
   * @param lossSum sum of their cross-entropies, in nats
   * @param hits those whose highest score is the target's
   * @param targets how many they are
   * @param exact sequences of which every target is a hit: taking the best token each time writes
   *     them as they are
   * @param answers sequences with a target
   * @param asides what products said beside their results, by micro-batch; empty where they say
   *     nothing
   */
  public record TargetScores(
      double lossSum, long hits, long targets, long exact, long answers, List<Said> asides)
      implements Serializable {
    /** Of no tokens. */
    public static final TargetScores NONE = new TargetScores(0, 0, 0, 0, 0, List.of());

    public TargetScores {
      asides = List.copyOf(asides);
    }

    /** The same with what was said beside them. */
    public TargetScores beside(List<Said> said) {
      return new TargetScores(lossSum, hits, targets, exact, answers, said);
    }

    /** Of both. */
    public TargetScores plus(TargetScores other) {
      return new TargetScores(
          lossSum + other.lossSum,
          hits + other.hits,
          targets + other.targets,
          exact + other.exact,
          answers + other.answers,
          Stream.concat(asides.stream(), other.asides.stream()).toList());
    }
  }

  /**
   * What became of the frozen tensors since they were opened.
   *
   * @param sha256 hash of the file with all of them, as it was when it was mapped
   * @param copiedBytes bytes of it that this process has written to in its own memory; {@link
   *     #UNTOLD} where the operating system does not tell
   * @param fileUnchanged whether the file still holds what it held
   */
  public record Frozen(String sha256, long copiedBytes, boolean fileUnchanged)
      implements Serializable {
    /** Where nothing says what was written to. */
    public static final long UNTOLD = -1;
  }

  private Replica(
      ModelConfig config,
      Network network,
      ReplicaSettings settings,
      LinkedProgram linked,
      KernelProgram program,
      MappedBase base,
      Attachment attachment) {
    this.config = config;
    this.settings = settings;
    this.linked = linked;
    this.program = program;
    this.base = base;
    this.network = network;
    this.places = Places.of(config, program);
    this.attachment = attachment;
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
    Network network = Networks.of(config);
    LinkedProgram linked =
        ProgramLinker.link(network, attachment, settings, layouts(directory, config, settings));
    KernelProgram program =
        KernelProgram.compile(programText(config, linked, attachment, settings));
    try {
      ReplicaFile file =
          ReplicaFile.obtain(directory, config, linked.segments(), settings, cacheRoot);
      MappedBase base = MappedBase.map(file, linked.segments(), program);
      return new Replica(config, network, settings, linked, program, base, attachment);
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
      BaseDirectory directory,
      ModelConfig config,
      Attachment attachment,
      ReplicaSettings settings) {
    Layouts layouts = layouts(directory, config, settings);
    LinkedProgram linked = ProgramLinker.link(Networks.of(config), attachment, settings, layouts);
    String text = programText(config, linked, attachment, settings);
    return Sha256.ofBytes(text.getBytes(StandardCharsets.UTF_8));
  }

  /** Which of a base's weights are in four bits, as it is stored or as the settings ask. */
  private static Layouts layouts(
      BaseDirectory directory, ModelConfig config, ReplicaSettings settings) {
    Map<String, FourBitLayout> layouts = new LinkedHashMap<>();
    ModuleTree tree = ModuleTree.of(config);
    try (SafetensorsFile file = SafetensorsFile.open(directory.weights())) {
      BaseWeights weights =
          BaseWeights.of(file, tree).in(settings.form(), settings.baseType().stored());
      for (String name : weights.present().keySet()) {
        weights.layout(name).ifPresent(layout -> layouts.put(name, layout));
      }
    }
    return name -> Optional.ofNullable(layouts.get(name));
  }

  private static String programText(
      ModelConfig config, LinkedProgram linked, Attachment attachment, ReplicaSettings settings) {
    StringBuilder text = new StringBuilder(linked.source()).append(KernelText.read(RUNTIME));
    if (attachment.asides().isPresent()) {
      text.append(KernelText.read(ASIDES));
    }
    List<String> further = new ArrayList<>(config.decoder().isPresent() ? OF_DECODERS : List.of());
    if (config.vision().isPresent()) {
      further.add(OF_PICTURES);
    }
    if (linked.segments().stream().anyMatch(LinkedSegment::unpacks)) {
      further.add(OF_FOUR_BITS);
    }
    if (linked.goesByHand()) {
      further.add(BY_HAND);
    }
    String compute = Integer.toString(settings.baseType().scalarType());
    for (String resource : further) {
      text.append(KernelText.fill(KernelText.read(resource), Map.of("compute", compute)));
    }
    return text.toString();
  }

  /** What became of the frozen tensors: a look at page tables, without reading them. */
  public Frozen frozen() {
    return base.frozen();
  }

  /** A copy of {@code theta} in native memory, in the layout's order. */
  public Parameters parameters(float[] theta) {
    TorchRuntime.prepareThread(settings.threads());
    TorchRuntime.recordNothing();
    return Parameters.of(theta, linked.segments(), program, base);
  }

  /** Begins a pass that sums gradients over micro-batches. */
  public GradientPass gradientPass(Parameters parameters) {
    return new GradientPass(this, parameters);
  }

  /**
   * Begins a pass that goes on token by token after the given prompts.
   *
   * @param prompts the token ids of each sequence, at least one each
   * @throws UserInputException if the base does not predict tokens
   */
  public DecodingPass decodingPass(Parameters parameters, List<int[]> prompts) {
    return decodingPass(parameters, prompts, TokenBatch.NO_TASK);
  }

  /** The same for prompts of one task, as an adapter needs it that routes by tasks. */
  public DecodingPass decodingPass(Parameters parameters, List<int[]> prompts, int task) {
    return decodingPassAfter(parameters, prompts.stream().map(PicturedPrompt::of).toList(), task);
  }

  /** The same for prompts that may have pictures. */
  public DecodingPass decodingPassAfter(Parameters parameters, List<PicturedPrompt> prompts) {
    return decodingPassAfter(parameters, prompts, TokenBatch.NO_TASK);
  }

  /**
   * The same for prompts that may have pictures, of one task.
   *
   * @param task their task, counted from 0, or {@link TokenBatch#NO_TASK}
   * @throws UserInputException if the base does not predict tokens, sees no such pictures, or the
   *     adapter knows no such task
   */
  public DecodingPass decodingPassAfter(
      Parameters parameters, List<PicturedPrompt> prompts, int task) {
    if (network.answer() != Answer.NEXT_TOKEN) {
      throw new UserInputException(
          ("Cannot generate with a base of model_type \"%s\" and architecture %s: it does not"
                  + " predict the next token; choose a decoder with an output embedding, such as"
                  + " LlamaForCausalLM")
              .formatted(config.modelType(), config.architecture()));
    }
    if (config.vision().map(VisionEmbedding::distilled).orElse(0) > 0) {
      throw new UserInputException(
          "Cannot generate with an adapter whose blocks are still compared with a teacher; set"
              + " distilled_blocks of its vora_config.json to 0");
    }
    return new DecodingPass(
        this, parameters, prompts, task, DecodingPass.ROOM, DecodingPass.MOST_SCORES);
  }

  /**
   * Scores of a micro-batch: of each sequence's classes, (sequences, classes); or of the token
   * after each token, (tokens, vocabulary).
   */
  public float[][] logits(Parameters parameters, TokenBatch batch) {
    return scores(parameters, batch, new int[0]);
  }

  /**
   * Scores of the token after each of the asked tokens, (asked, vocabulary).
   *
   * @param tokens which tokens of the micro-batch, counted from its first
   */
  public float[][] logits(Parameters parameters, TokenBatch batch, int[] tokens) {
    return tokens.length == 0 ? new float[0][] : scores(parameters, batch, tokens);
  }

  /**
   * The hidden states in order, (tokens, hidden) each: the input of block 0, the output of each
   * block, and the last hidden states where a norm follows the blocks.
   */
  public List<float[]> states(Parameters parameters, TokenBatch batch) {
    TorchRuntime.prepareThread(settings.threads());
    TorchRuntime.recordNothing();
    try (TensorScope scope = TorchRuntime.scope()) {
      ForwardPass pass = undropped(parameters, batch, scope);
      List<float[]> states = new ArrayList<>();
      Iterator<LinkedSegment> segments = linked.segments().iterator();
      pass.body(
          state -> {
            if (segments.next().role() != Role.OBSERVING) {
              float[] values = program.call("float32", state).toFloatArray();
              states.add(Arrays.copyOf(values, values.length / pass.rows() * batch.tokens()));
            }
          });
      return states;
    }
  }

  /**
   * How well the targets of a micro-batch are predicted; its scores are never whole.
   *
   * @param batch sequences with labels, of a causal decoder
   */
  public TargetScores targetScores(Parameters parameters, TokenBatch batch) {
    if (network.answer() != Answer.NEXT_TOKEN) {
      throw new UserInputException(
          "Cannot score target tokens: the base predicts none; choose a causal decoder");
    }
    TorchRuntime.prepareThread(settings.threads());
    TorchRuntime.recordNothing();
    try (TensorScope scope = TorchRuntime.scope()) {
      ForwardPass pass = undropped(parameters, batch, scope);
      TargetScores scores =
          new NextTokenLoss(this, pass, scope, 1, NextTokenLoss.MOST_SCORES)
              .scores(batch, lastState(pass));
      List<Aside> said = pass.takeAsides();
      return said.isEmpty() ? scores : scores.beside(List.of(pass.said(said)));
    }
  }

  private float[][] scores(Parameters parameters, TokenBatch batch, int[] tokens) {
    TorchRuntime.prepareThread(settings.threads());
    TorchRuntime.recordNothing();
    try (TensorScope scope = TorchRuntime.scope()) {
      ForwardPass pass = undropped(parameters, batch, scope);
      NDArray last = lastState(pass);
      return switch (network.answer()) {
        case HIDDEN_STATES ->
            throw new UserInputException(
                "Cannot score: the base ends in hidden states; choose one with a head");
        case CLASS -> rows(pass.scores(last, 0), batch.sequences());
        case NEXT_TOKEN -> {
          int[] asked = tokens.length > 0 ? tokens : IntStream.range(0, batch.tokens()).toArray();
          NDArray rows = program.call("asked", last, scope.longs(asked, asked.length));
          yield rows(pass.scores(rows, 0), asked.length);
        }
      };
    }
  }

  private ForwardPass undropped(Parameters parameters, TokenBatch batch, TensorScope scope) {
    return new ForwardPass(this, batch, scope, parameters, parameters::segment, Optional.empty());
  }

  /** Each state is freed as soon as the next one is there. */
  private static NDArray lastState(ForwardPass pass) {
    List<NDArray> held = new ArrayList<>();
    return pass.body(
        state -> {
          held.add(state);
          if (held.size() > 1) {
            held.remove(0).close();
          }
        });
  }

  private static float[][] rows(NDArray scores, int count) {
    float[] flat = scores.toFloatArray();
    int width = flat.length / count;
    float[][] rows = new float[count][];
    for (int row = 0; row < count; row++) {
      rows[row] = Arrays.copyOfRange(flat, row * width, (row + 1) * width);
    }
    return rows;
  }

  /** What the network is asked. */
  public Answer answer() {
    return network.answer();
  }

  /** How many segments come before the scores. */
  int bodySize() {
    return network.body().size();
  }

  /** Whether weights before the scores are in four bits. */
  boolean unpacks() {
    return linked.segments().subList(0, bodySize()).stream().anyMatch(LinkedSegment::unpacks);
  }

  /** Whether a segment before the scores goes back by hand. */
  boolean bodyGoesByHand() {
    return linked.goesByHand(bodySize());
  }

  /** Whether anything before the scores is trained. */
  boolean bodyTrains() {
    return lowestTrainable() < bodySize();
  }

  /** Whether anything of the segment that scores is trained. */
  boolean headTrains() {
    int last = linked.segments().size() - 1;
    return bodySize() == last && linked.segments().get(last).size() > 0;
  }

  /** The first segment with something trainable; their number if there is none. */
  int lowestTrainable() {
    int i = 0;
    while (i < linked.segments().size() && linked.segments().get(i).size() == 0) {
      i++;
    }
    return i;
  }

  /** Entries of the token table. */
  int vocabulary() {
    return config.vocabularySize();
  }

  /** What was opened, with what a task puts on top. */
  public ModelConfig config() {
    return config;
  }

  /** Share of an adapted module's input that training drops. */
  double dropout() {
    return attachment.dropout();
  }

  /** How far from 1 the factors may lie that training multiplies a router's input by. */
  double jitter() {
    return attachment.jitter();
  }

  /** What products say beside their results. */
  Optional<Asides> asides() {
    return attachment.asides();
  }

  Places places() {
    return places;
  }

  MappedBase mapped() {
    return base;
  }

  NDList weights(int segment) {
    return base.weights(segment);
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
