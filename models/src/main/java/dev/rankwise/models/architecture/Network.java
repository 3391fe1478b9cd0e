package dev.rankwise.models.architecture;

import java.util.List;
import java.util.Map;

/**
 * A base as it is computed: segments one after the other, each on what the last one gave.
 *
 * @param segments the segments in the order of computation; where there is an answer, the last one
 *     gives its scores
 * @param answer what the network is asked
 * @param tied full name of a weight that is another's, to the name of that other
 */
public record Network(List<Segment> segments, Answer answer, Map<String, String> tied) {

  /** What a network is asked, and so what its labels mean and what its loss sums over. */
  public enum Answer {
    /** Nothing: it ends in hidden states, (tokens, hidden). */
    HIDDEN_STATES,
    /** The class of each sequence: scores (sequences, classes), one label a sequence. */
    CLASS,
    /** The token after each token: scores (asked tokens, vocabulary), one label a token. */
    NEXT_TOKEN
  }

  public Network {
    segments = List.copyOf(segments);
    tied = Map.copyOf(tied);
  }

  /** A network each of whose weights is its own. */
  public Network(List<Segment> segments, Answer answer) {
    this(segments, answer, Map.of());
  }

  /** The segments before the scores: each gives hidden states, (tokens, hidden). */
  public List<Segment> body() {
    return answer == Answer.HIDDEN_STATES ? segments : segments.subList(0, segments.size() - 1);
  }
}
