package dev.rankwise.models.network;

import ai.djl.ndarray.NDList;
import dev.rankwise.models.architecture.Segment.Role;
import dev.rankwise.models.config.ModuleShape;
import dev.rankwise.models.torch.KernelProgram;
import dev.rankwise.models.torch.TensorScope;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

/**
 * The kernels of one base with one adapter, as text, and what each segment feeds them.
 *
 * @param source texts of all methods
 * @param segments the segments in the order of computation
 */
record LinkedProgram(String source, List<LinkedSegment> segments) {

  LinkedProgram {
    segments = List.copyOf(segments);
  }

  /** Whether a segment goes back by hand. */
  boolean goesByHand() {
    return goesByHand(segments.size());
  }

  /** Whether one of the first {@code count} segments goes back by hand. */
  boolean goesByHand(int count) {
    return segments.stream().limit(count).anyMatch(segment -> segment.byHand().isPresent());
  }

  /**
   * One segment, ready to be called.
   *
   * @param name the segment's name
   * @param role what it gives and what its list of places says
   * @param method the method that computes it; segments of one shape share one method
   * @param dropped the method that computes it in training, with masks of dropout after its
   *     weights; the same one where nothing is dropped
   * @param byHand how to go back through it by hand; empty where libtorch does
   * @param prepared methods of what both read that is computed once for each parameter vector; it
   *     comes last in the list of weights, the first one at its end
   * @param draws what the method in training reads that is drawn at random, before what is
   *     prepared, backwards
   * @param weights the frozen tensors it reads, in the order of its list argument
   * @param leaves whether its methods return, beside their result, what the products said beside
   *     theirs
   * @param unpacked the method that puts its weights in four bits into the pass's own memory, which
   *     comes first in the list of weights; empty if it has none
   * @param room how many numbers that memory holds
   * @param own where its trainable tensors lie in the flat parameter vector
   * @param borrowed trainable tensors of earlier segments that it reads too, after its own: a tied
   *     output embedding reads the rows of the token table that are trained
   */
  record LinkedSegment(
      String name,
      Role role,
      String method,
      String dropped,
      Optional<ByHand> byHand,
      List<String> prepared,
      List<Draw> draws,
      List<MappedTensor> weights,
      boolean leaves,
      String unpacked,
      int room,
      Stretch own,
      List<Stretch> borrowed) {

    LinkedSegment {
      prepared = List.copyOf(prepared);
      draws = List.copyOf(draws);
      weights = List.copyOf(weights);
      borrowed = List.copyOf(borrowed);
    }

    /** Its own and the borrowed stretches, in the order in which it reads them. */
    List<Stretch> read() {
      return Stream.concat(Stream.of(own), borrowed.stream()).toList();
    }

    /** Whether weights of it are in four bits. */
    boolean unpacks() {
      return !unpacked.isEmpty();
    }

    /** How many trainable numbers it reads. */
    int size() {
      return read().stream().mapToInt(Stretch::size).sum();
    }
  }

  /**
   * A backward pass by hand.
   *
   * @param forward the method that computes the segment and returns, after its result, what is kept
   * @param backward the method that takes the result's gradient and what is kept to the gradients
   *     of the segment's input and of its trainable numbers
   */
  record ByHand(String forward, String backward) {}

  /**
   * Numbers that training draws for a module's input, (rows, in).
   *
   * @param module the module
   * @param kind what they are
   */
  record Draw(ModuleShape module, Kind kind) {
    /** What is drawn. */
    enum Kind {
      /** Truth values: what dropout takes out. */
      MASK,
      /** Factors near 1. */
      JITTER
    }
  }

  /**
   * Memory for the weights of any one segment that are in four bits, as the beginning of its list
   * of weights; empty where none are.
   */
  static NDList room(List<LinkedSegment> segments, KernelProgram program, TensorScope scope) {
    int size = segments.stream().mapToInt(LinkedSegment::room).max().orElse(0);
    return size == 0
        ? new NDList()
        : KernelProgram.list("w", List.of(program.call("room", scope.number((long) size))));
  }

  /**
   * Some of the flat parameter vector.
   *
   * @param offset index of its first number
   * @param size how many numbers
   */
  record Stretch(int offset, int size) {}
}
