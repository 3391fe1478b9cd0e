package dev.rankwise.datasets.prepare;

import dev.rankwise.datasets.pack.TrainedTokens;
import dev.rankwise.datasets.source.RejectionReason;
import java.io.Serializable;
import java.util.List;

/**
 * A row after it was tokenised.
 *
 * @param id the row's id
 * @param pieces its tokens, in several pieces where a long text was split; empty if it was rejected
 * @param cut whether the text was longer than allowed
 * @param reason why it was rejected, or null
 * @param task its task, or {@link dev.rankwise.datasets.pack.Sequence#NO_TASK}
 * @param copies how often its pieces come, at least 1
 */
record EncodedRow(
    String id,
    List<TrainedTokens> pieces,
    boolean cut,
    RejectionReason reason,
    int task,
    int copies)
    implements Serializable {
  EncodedRow {
    pieces = List.copyOf(pieces);
  }

  /** Texts that it makes. */
  int texts() {
    return pieces.size() * copies;
  }

  /** One of its texts: all pieces, then all of them again. */
  TrainedTokens text(int place) {
    return pieces.get(place % pieces.size());
  }
}
