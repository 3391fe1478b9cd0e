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
 */
record EncodedRow(String id, List<TrainedTokens> pieces, boolean cut, RejectionReason reason)
    implements Serializable {
  EncodedRow {
    pieces = List.copyOf(pieces);
  }
}
