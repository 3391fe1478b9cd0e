package dev.rankwise.models.network;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDArrays;
import ai.djl.ndarray.NDList;
import dev.rankwise.models.config.ModelConfig;
import dev.rankwise.models.config.VisionEmbedding;
import dev.rankwise.models.failure.InternalException;
import dev.rankwise.models.torch.KernelProgram;
import dev.rankwise.models.torch.TensorScope;
import dev.rankwise.models.torch.TorchRuntime;
import dev.rankwise.models.vision.PicturedPrompt;
import dev.rankwise.models.vision.PicturedPrompt.Together;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.function.Consumer;
import java.util.stream.IntStream;

/**
 * A causal decoder that goes on token by token. The keys and values of earlier tokens are kept, so
 * a step computes one row for each sequence.
 *
 * <p>All sequences end at the same slot of the store, whatever their lengths: a step writes one
 * slot for all, a sliding window is a stretch of slots, and only the slots before shorter sequences
 * are masked. The store doubles when it is full, and shrinks to what is read when sequences leave.
 *
 * <table>
 * <caption>The list {@code places} of a block, beside what {@link CausalPlaces} says; B sequences, n
 * key-value heads, d numbers of a head, C slots of which L are filled</caption>
 * <tr><th>index</th><th>shape</th><th>meaning</th></tr>
 * <tr><td>3</td><td>(B·n, 1, L)</td><td>in steps: 0, or −1e30 before a sequence's first
 * token</td></tr>
 * <tr><td>4</td><td>(B·n, 1, W)</td><td>in steps: the same over the last W = min(window, L)
 * slots</td></tr>
 * <tr><td>7</td><td>(B, n, C, d)</td><td>keys</td></tr>
 * <tr><td>8</td><td>(B, n, C, d)</td><td>values</td></tr>
 * <tr><td>9</td><td>(B, L)</td><td>of prompts only: the place in (B·T) that goes to each slot</td></tr>
 * </table>
 *
 * <p>For one thread at a time.
 */
public final class DecodingPass implements AutoCloseable {
  /** Slots beyond the prompt that a store begins with. */
  static final int ROOM = 64;

  /** Scores of queries and keys that prompts may have at a time: 256 MiB in float32. */
  static final long MOST_SCORES = 1L << 26;

  private static final int WINDOWED = 4;
  private static final int TURNS_END = 7;

  /** Keys and values of one block. */
  private record Store(NDArray keys, NDArray values) {}

  private final Replica replica;
  private final Parameters parameters;
  private final ModelConfig config;
  private final int task;
  private final int window;
  private final TensorScope scope;

  /** One for each block; segment i of the network is block i − 1. */
  private List<Store> stores = new ArrayList<>();

  /** Tokens of each sequence so far. */
  private int[] lengths;

  private int capacity;
  private int filled;
  private TensorScope masks;
  private NDArray mask;

  /** Scores of the next token, (B, vocabulary). */
  private NDArray scores;

  /**
   * Reads the prompts.
   *
   * @param task task of all of them, or {@link TokenBatch#NO_TASK}
   * @param room slots beyond the longest prompt, at least 1
   * @param mostScores scores of queries and keys that prompts may have at a time
   */
  DecodingPass(
      Replica replica,
      Parameters parameters,
      List<PicturedPrompt> prompts,
      int task,
      int room,
      long mostScores) {
    this.replica = replica;
    this.parameters = parameters;
    this.task = task;
    this.config = replica.config();
    this.window =
        config.decoder().orElseThrow().windows().stream()
            .mapToInt(Integer::intValue)
            .max()
            .orElse(0);
    if (prompts.isEmpty() || prompts.stream().anyMatch(prompt -> prompt.length() == 0)) {
      throw new InternalException("A decoding pass needs prompts of one token at least");
    }
    this.lengths = prompts.stream().mapToInt(PicturedPrompt::length).toArray();
    this.filled = Arrays.stream(lengths).max().orElseThrow();
    this.capacity = filled + room;
    prepare();
    this.scope = TorchRuntime.scope();
    this.masks = scope.inner();
    try {
      allocate();
      List<NDArray> last = new ArrayList<>();
      for (int first = 0; first < lengths.length; ) {
        int end = togetherFrom(first, mostScores);
        last.add(read(prompts.subList(first, end), first));
        first = end;
      }
      this.scores = last.size() == 1 ? last.get(0) : NDArrays.concat(new NDList(last));
    } catch (RuntimeException e) {
      close();
      throw e;
    }
  }

  /** Number of sequences that go on. */
  public int sequences() {
    return lengths.length;
  }

  /**
   * The token that scores highest for each sequence, the lowest id where several do; −1 where the
   * scores are not finite. The scores themselves stay in native memory.
   */
  public int[] best() {
    prepare();
    try (TensorScope step = scope.inner()) {
      NDArray ids = step.keep(replica.program().call("best", scores));
      return Arrays.stream(ids.toLongArray()).mapToInt(Math::toIntExact).toArray();
    }
  }

  /** Scores of the token that follows, (sequences, vocabulary). */
  public float[][] scores() {
    float[] flat = scores.toFloatArray();
    int width = flat.length / lengths.length;
    return IntStream.range(0, lengths.length)
        .mapToObj(row -> Arrays.copyOfRange(flat, row * width, (row + 1) * width))
        .toArray(float[][]::new);
  }

  /**
   * Goes on with some of the sequences by one token each; the others leave for good.
   *
   * @param going indices of the sequences that go on, increasing, at least one
   * @param ids the token that each of them goes on with
   */
  public void advance(int[] going, int[] ids) {
    prepare();
    boolean someLeave = going.length < lengths.length;
    if (someLeave || filled == capacity) {
      move(going);
    }
    int[] positions = lengths.clone();
    Arrays.setAll(lengths, i -> lengths[i] + 1);
    filled++;
    try (TensorScope step = scope.inner()) {
      int[] offsets = IntStream.rangeClosed(0, ids.length).toArray();
      TokenBatch batch =
          ofTask(new TokenBatch(ids, new int[ids.length], positions, offsets, new int[0]));
      NDList common = places(batch, ids.length, step);
      common.set(WINDOWED - 1, columns(filled, step));
      common.set(WINDOWED, columns(window == 0 ? filled : Math.min(window, filled), step));
      ForwardPass pass =
          new ForwardPass(replica, batch, ids.length, step, parameters, i -> ofSegment(i, common));
      NDArray next = pass.scores(pass.body(new OneHeld()), 0);
      scores.close();
      scores = scope.keep(next);
    }
  }

  @Override
  public void close() {
    masks.close();
    scope.close();
  }

  private void prepare() {
    TorchRuntime.prepareThread(replica.settings().threads());
    TorchRuntime.recordNothing();
  }

  /** End of the prompts from {@code first} on whose scores may be held at a time. */
  private int togetherFrom(int first, long mostScores) {
    long longest = lengths[first];
    int end = first + 1;
    while (end < lengths.length) {
      longest = Math.max(longest, lengths[end]);
      long together = Math.multiplyExact(end + 1L - first, longest * longest);
      if (together * config.heads() > mostScores) {
        break;
      }
      end++;
    }
    return end;
  }

  /** Reads prompts into their part of the stores; gives the scores of what follows each. */
  private NDArray read(List<PicturedPrompt> prompts, int first) {
    int[] offsets = new int[prompts.size() + 1];
    for (int i = 0; i < prompts.size(); i++) {
      offsets[i + 1] = offsets[i] + prompts.get(i).length();
    }
    Together together = together(prompts);
    int[] ids = together.ids();
    TokenBatch batch =
        ofTask(new TokenBatch(ids, new int[ids.length], offsets, new int[0]))
            .with(together.images());
    int rows = TokenGrid.rows(batch, replica.settings());
    try (TensorScope step = scope.inner()) {
      NDList common = places(batch, rows, step);
      NDArray slots = placeOfSlot(batch, TokenGrid.shared(batch, rows), step);
      ForwardPass pass =
          new ForwardPass(
              replica,
              batch,
              rows,
              step,
              parameters,
              i -> ofSegment(i, common, first, prompts.size(), slots, step));
      NDArray states = pass.body(new OneHeld());
      int[] last = Arrays.stream(offsets).skip(1).map(end -> end - 1).toArray();
      NDArray asked = replica.program().call("asked", states, step.longs(last, last.length));
      return scope.keep(pass.scores(asked, 0));
    }
  }

  private Together together(List<PicturedPrompt> prompts) {
    return config
        .vision()
        .map(it -> Together.of(prompts, it.images().patch(), it.placeholder()))
        .orElseGet(() -> Together.of(prompts, 1, VisionEmbedding.USUAL_PLACEHOLDER));
  }

  private TokenBatch ofTask(TokenBatch batch) {
    return task == TokenBatch.NO_TASK
        ? batch
        : batch.withTasks(IntStream.generate(() -> task).limit(batch.sequences()).toArray());
  }

  /** What all blocks read, with something at every index below those of the stores. */
  private NDList places(TokenBatch batch, int rows, TensorScope step) {
    NDList common = replica.places().of(batch, rows, step);
    while (common.size() < TURNS_END) {
      common.add(common.get(0));
    }
    return common;
  }

  /** Prompts end together: a slot before the first token of one takes that token too. */
  private NDArray placeOfSlot(TokenBatch batch, TokenGrid grid, TensorScope step) {
    int[] placeOfToken = grid.placeOfRow();
    int[] places = new int[batch.sequences() * filled];
    for (int i = 0; i < batch.sequences(); i++) {
      int begin = batch.offsets()[i];
      int before = filled - (batch.offsets()[i + 1] - begin);
      for (int slot = 0; slot < filled; slot++) {
        places[i * filled + slot] = placeOfToken[begin + Math.max(0, slot - before)];
      }
    }
    return step.longs(places, batch.sequences(), filled);
  }

  private NDList ofSegment(int segment, NDList common) {
    if (segment == 0 || segment > stores.size()) {
      return common;
    }
    NDList places = new NDList(common);
    Store store = stores.get(segment - 1);
    places.addAll(KernelProgram.list("places", List.of(store.keys(), store.values())));
    return places;
  }

  private NDList ofSegment(
      int segment, NDList common, int first, int count, NDArray slots, TensorScope step) {
    if (segment == 0 || segment > stores.size()) {
      return common;
    }
    NDList places = new NDList(common);
    Store store = stores.get(segment - 1);
    NDArray from = step.number((long) first);
    NDArray size = step.number((long) count);
    NDArray keys = step.keep(replica.program().call("part", store.keys(), from, size));
    NDArray values = step.keep(replica.program().call("part", store.values(), from, size));
    places.addAll(KernelProgram.list("places", List.of(keys, values, slots)));
    return places;
  }

  /** The last columns of the mask. */
  private NDArray columns(int size, TensorScope step) {
    NDArray start = step.number((long) filled - size);
    NDArray part =
        step.keep(replica.program().call("columns", mask, start, step.number((long) size)));
    return KernelProgram.list("places", List.of(part)).get(0);
  }

  private void allocate() {
    int[] sizes = {lengths.length, config.keyValueHeads(), capacity, config.headSize()};
    NDArray asked = scope.longs(sizes, sizes.length);
    for (int block = 0; block < config.layers(); block++) {
      NDArray keys = replica.program().call("empty_store", asked);
      stores.add(new Store(keys, replica.program().call("empty_store", asked)));
    }
    maskStarts();
  }

  /** Takes the stores of the sequences that go on to where there is room for them. */
  private void move(int[] going) {
    lengths = Arrays.stream(going).map(i -> lengths[i]).toArray();
    int start = filled - Arrays.stream(lengths).max().orElseThrow();
    filled -= start;
    capacity = filled < capacity ? capacity : Math.multiplyExact(2, capacity);
    List<Store> moved = new ArrayList<>();
    try (TensorScope step = scope.inner()) {
      NDArray sequences = step.longs(going, going.length);
      for (Store store : stores) {
        moved.add(
            new Store(
                moved(store.keys(), sequences, start, step),
                moved(store.values(), sequences, start, step)));
      }
    }
    stores = moved;
    maskStarts();
  }

  private NDArray moved(NDArray store, NDArray sequences, int start, TensorScope step) {
    try (NDArray old = store) {
      // The mark of a list is the tensor's name; here it goes by itself.
      old.setName(null);
      return replica
          .program()
          .call(
              "moved",
              old,
              sequences,
              step.number((long) start),
              step.number((long) filled),
              step.number((long) capacity));
    }
  }

  private void maskStarts() {
    int heads = config.keyValueHeads();
    float[] values = new float[lengths.length * heads * capacity];
    for (int row = 0; row < lengths.length * heads; row++) {
      int before = filled - lengths[row / heads];
      Arrays.fill(values, row * capacity, row * capacity + before, EncoderPlaces.MASKED);
    }
    // The mask may be the array that it is computed from, so both live equally long.
    masks.close();
    masks = scope.inner();
    NDArray wide = masks.floats(values, (long) lengths.length * heads, 1, capacity);
    mask = replica.program().call("computed", wide);
  }

  /** Frees each state as soon as the next one is there. */
  private static final class OneHeld implements Consumer<NDArray> {
    private NDArray held;

    @Override
    public void accept(NDArray state) {
      if (held != null) {
        held.close();
      }
      held = state;
    }
  }
}
