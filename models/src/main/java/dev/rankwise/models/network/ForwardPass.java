package dev.rankwise.models.network;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import dev.rankwise.models.architecture.Network.Answer;
import dev.rankwise.models.config.VisionEmbedding;
import dev.rankwise.models.failure.UserInputException;
import dev.rankwise.models.network.Attachment.Asides;
import dev.rankwise.models.network.GroupSum.Said;
import dev.rankwise.models.network.LinkedProgram.Draw;
import dev.rankwise.models.network.LinkedProgram.LinkedSegment;
import dev.rankwise.models.random.DropoutKey;
import dev.rankwise.models.torch.KernelProgram;
import dev.rankwise.models.torch.TensorScope;
import dev.rankwise.models.vision.ImagePatches;
import dev.rankwise.models.vision.PicturePlaces;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;
import java.util.function.IntFunction;

/** One micro-batch on its way through a replica: the body, then scores of some of its states. */
final class ForwardPass {
  private final Replica replica;
  private final TokenBatch batch;
  private final TensorScope scope;
  private final Parameters parameters;
  private final IntFunction<NDArray> theta;
  private final Optional<DropoutKey> dropout;
  private final IntFunction<NDList> places;
  private final int rows;
  private final NDList pictures;
  private final NDList heard;
  private final NDList room;
  private final List<Aside> left = new ArrayList<>();

  /** The segment whose weights lie unpacked in the room; -1 for none. */
  private int unpacked = -1;

  /**
   * What the products of one segment said beside their results.
   *
   * @param terms further terms of the loss, (terms)
   * @param shares what is reported of the micro-batch, (any)
   */
  record Aside(NDArray terms, NDArray shares) {}

  /**
   * @param scope where everything that is computed lives
   * @param parameters the version of the trainable numbers
   * @param theta those of each segment: the version's own, or leaves that share its memory
   * @param dropout names the micro-batch in training; empty where nothing is dropped
   */
  ForwardPass(
      Replica replica,
      TokenBatch batch,
      TensorScope scope,
      Parameters parameters,
      IntFunction<NDArray> theta,
      Optional<DropoutKey> dropout) {
    this.replica = replica;
    this.batch = batch;
    this.scope = scope;
    this.parameters = parameters;
    this.theta = theta;
    this.dropout = dropout;
    this.rows = TokenGrid.rows(batch, replica.settings());
    NDList everywhere = replica.places().of(batch, rows, scope);
    this.places = segment -> everywhere;
    this.pictures = pictures();
    this.heard = heard();
    this.room = LinkedProgram.room(replica.segments(), replica.program(), scope);
  }

  /**
   * A pass that drops nothing and whose segments do not all read the same places.
   *
   * @param rows number of rows of every state, at least the number of tokens
   * @param places the list {@code places} of each segment
   */
  ForwardPass(
      Replica replica,
      TokenBatch batch,
      int rows,
      TensorScope scope,
      Parameters parameters,
      IntFunction<NDList> places) {
    this.replica = replica;
    this.batch = batch;
    this.scope = scope;
    this.parameters = parameters;
    this.theta = parameters::segment;
    this.dropout = Optional.empty();
    this.rows = rows;
    this.places = places;
    this.pictures = pictures();
    this.heard = heard();
    this.room = LinkedProgram.room(replica.segments(), replica.program(), scope);
  }

  /** What segments that look at pictures read; empty where none does. */
  private NDList pictures() {
    if (replica.config().vision().isEmpty()) {
      return new NDList();
    }
    VisionEmbedding vision = replica.config().vision().get();
    PicturePlaces seen = PicturePlaces.of(batch.images(), vision);
    int patches = seen.rows().length;
    List<NDArray> arrays = new ArrayList<>();
    arrays.add(scope.floats(seen.patches(), patches, vision.images().numbersPerPatch()));
    arrays.add(scope.longs(seen.rows(), patches));
    arrays.add(scope.longs(seen.corners(), patches, PicturePlaces.CORNERS));
    arrays.add(scope.floats(seen.shares(), patches, PicturePlaces.CORNERS));
    for (float[] features : seen.teacher()) {
      arrays.add(scope.floats(features, features.length / vision.width(), vision.width()));
    }
    return KernelProgram.list("places", arrays);
  }

  private NDList places(int i) {
    return replica.segments().get(i).role().readsPictures() ? pictures : places.apply(i);
  }

  /** What products hear beside their rows, and where they leave what they say: the end of w. */
  private NDList heard() {
    if (replica.asides().isEmpty()) {
      return new NDList();
    }
    Asides asides = replica.asides().get();
    int[] tasks = new int[rows];
    int[] sequences = new int[rows];
    for (int s = 0; s < batch.sequences(); s++) {
      int task = batch.tasks()[s];
      if (asides.tasks() > 0 && (task < 0 || task >= asides.tasks())) {
        throw new UserInputException(
            "Unknown task id: %s (the adapter routes by %s tasks, from 0 on); say one of them for each row"
                .formatted(task == TokenBatch.NO_TASK ? "none" : task, asides.tasks()));
      }
      Arrays.fill(tasks, batch.offsets()[s], batch.offsets()[s + 1], task);
      Arrays.fill(sequences, batch.offsets()[s], batch.offsets()[s + 1], s);
    }
    List<NDArray> places =
        List.of(
            scope.longs(sequences, rows),
            scope.number((long) batch.tokens()),
            scope.longs(tasks, rows),
            scope.zeros(0),
            scope.zeros(0),
            scope.zeros(0),
            scope.zeros(asides.weights().size()));
    return KernelProgram.list("w", places);
  }

  /** What was said since this was last asked, in the order of the segments. */
  List<Aside> takeAsides() {
    List<Aside> taken = List.copyOf(left);
    left.clear();
    return taken;
  }

  /** What segments said of the micro-batch, one after another. */
  Said said(List<Aside> said) {
    float[] terms = new float[replica.asides().orElseThrow().weights().size()];
    List<float[]> shares = new ArrayList<>();
    for (Aside aside : said) {
      float[] own = aside.terms().toFloatArray();
      for (int i = 0; i < terms.length; i++) {
        terms[i] += own[i];
      }
      shares.add(aside.shares().toFloatArray());
    }
    float[] joined = new float[shares.stream().mapToInt(part -> part.length).sum()];
    int next = 0;
    for (float[] part : shares) {
      System.arraycopy(part, 0, joined, next, part.length);
      next += part.length;
    }
    return new Said(batch.tokens(), terms, joined);
  }

  /** Number of rows of every state. */
  int rows() {
    return rows;
  }

  /** Runs the segments before the scores, and gives the last state, (rows, hidden). */
  NDArray body(Consumer<NDArray> each) {
    NDArray x = input();
    for (int i = 0; i < replica.bodySize(); i++) {
      x = segment(i, x, theta.apply(i));
      each.accept(x);
    }
    return x;
  }

  /** Input of the first segment: token ids, (rows); of pictures their patches, (patches, width). */
  NDArray input() {
    if (replica.config().images().isPresent()) {
      ImagePatches images = batch.images();
      return scope.floats(images.numbers(), images.patches(), images.width());
    }
    return scope.longs(Arrays.copyOf(batch.ids(), rows), rows);
  }

  /**
   * Scores of states by the last segment, float32.
   *
   * @param first number of the first of these states among all that are scored
   */
  NDArray scores(NDArray states, int first) {
    int last = replica.segments().size() - 1;
    boolean classes = replica.answer() == Answer.CLASS;
    int count = classes ? batch.sequences() : Math.toIntExact(states.getShape().get(0));
    return segment(last, states, theta.apply(last), first, count);
  }

  /** Whether scores of frozen tables go back to the states by hand. */
  boolean scoresByHand() {
    return replica.segments().get(replica.segments().size() - 1).byHand().isPresent();
  }

  /**
   * The summed cross-entropy of states' scores by hand.
   *
   * @param labels the token that each state is to predict
   * @param weight what each one's loss is multiplied by
   * @return the sum, and the gradient of the states
   */
  NDList scoredByHand(NDArray states, NDArray labels, NDArray weight) {
    int last = replica.segments().size() - 1;
    String method = replica.segments().get(last).byHand().orElseThrow().backward();
    NDList head = new NDList(states, theta.apply(last), labels, weight);
    return replica.program().callForSeveral(method, head, lists(last));
  }

  /** Runs one segment. */
  NDArray segment(int i, NDArray x, NDArray numbers) {
    return segment(i, x, numbers, 0, rows);
  }

  /**
   * Runs one segment.
   *
   * @param first number of the first row that its products read
   * @param count how many rows they read
   */
  private NDArray segment(int i, NDArray x, NDArray numbers, int first, int count) {
    LinkedSegment segment = replica.segments().get(i);
    NDList head = new NDList(x, numbers);
    unpacked = segment.unpacks() ? i : unpacked;
    if (!draws(i)) {
      return called(segment, segment.method(), head, lists(i));
    }
    // What a backward pass needs of the masks outlives their scope: libtorch keeps it.
    try (TensorScope call = scope.inner()) {
      NDList drawn = drawn(segment, first, count, call);
      return called(segment, segment.dropped(), head, lists(i, drawn));
    }
  }

  /** Whether something is drawn in a segment of this pass. */
  boolean draws(int i) {
    return dropout.isPresent() && !replica.segments().get(i).draws().isEmpty();
  }

  /**
   * Unpacks the weights of a segment that are in four bits, unless they lie there from its own run:
   * before the backward pass goes back through it.
   */
  void unpack(int i) {
    LinkedSegment segment = replica.segments().get(i);
    if (segment.unpacks() && unpacked != i) {
      List<NDList> lists = List.of(room, replica.weights(i));
      replica.program().call(segment.unpacked(), new NDList(), lists).close();
      unpacked = i;
    }
  }

  /**
   * Runs one segment that goes back by hand.
   *
   * @return its result, and what its backward pass needs, masks among it
   */
  NDList keeping(int i, NDArray x, NDArray numbers) {
    LinkedSegment segment = replica.segments().get(i);
    unpacked = segment.unpacks() ? i : unpacked;
    String method = segment.byHand().orElseThrow().forward();
    NDList head = new NDList(x, numbers);
    if (!draws(i)) {
      return replica.program().callForSeveral(method, head, lists(i));
    }
    try (TensorScope call = scope.inner()) {
      NDList drawn = drawn(segment, 0, rows, call);
      return replica.program().callForSeveral(method, head, lists(i, drawn));
    }
  }

  /**
   * Goes back through one segment by hand.
   *
   * @param gradient of its result
   * @param kept what {@link #keeping} returned after the result
   * @return the gradients of its input and of its trainable numbers
   */
  NDList back(int i, NDArray x, NDArray numbers, NDArray gradient, List<NDArray> kept) {
    LinkedSegment segment = replica.segments().get(i);
    unpacked = segment.unpacks() ? i : unpacked;
    List<NDList> lists = new ArrayList<>(lists(i));
    lists.add(KernelProgram.list("kept", kept));
    String method = segment.byHand().orElseThrow().backward();
    return replica.program().callForSeveral(method, new NDList(x, numbers, gradient), lists);
  }

  /** What a segment reads besides its input and its trainable numbers, where nothing is drawn. */
  private List<NDList> lists(int i) {
    return lists(i, new NDList());
  }

  private List<NDList> lists(int i, NDList drawn) {
    NDList memory = replica.segments().get(i).unpacks() ? room : new NDList();
    return List.of(places(i), memory, replica.weights(i), drawn, parameters.prepared(i), heard);
  }

  private NDArray called(LinkedSegment segment, String method, NDList head, List<NDList> lists) {
    if (!segment.leaves()) {
      return replica.program().call(method, head, lists);
    }
    NDList results = replica.program().callForSeveral(method, head, lists);
    left.add(new Aside(results.get(1), results.get(2)));
    return results.get(0);
  }

  /** The first draw comes last. */
  private NDList drawn(LinkedSegment segment, int first, int count, TensorScope call) {
    List<NDArray> drawn = new ArrayList<>();
    DropoutKey key = dropout.orElseThrow();
    for (Draw draw : segment.draws()) {
      String path = draw.module().path();
      int width = draw.module().inFeatures();
      // A convolution reads patches, not tokens.
      int read = draw.module().window().isEmpty() ? count : batch.images().patches();
      drawn.add(
          0,
          switch (draw.kind()) {
            case MASK ->
                call.truths(key.mask(path, replica.dropout(), first, read, width), read, width);
            case JITTER ->
                call.floats(key.factors(path, replica.jitter(), first, read, width), read, width);
          });
    }
    return KernelProgram.list("w", drawn);
  }
}
