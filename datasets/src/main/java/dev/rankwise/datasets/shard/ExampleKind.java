package dev.rankwise.datasets.shard;

import dev.rankwise.datasets.example.Example;
import dev.rankwise.datasets.pack.Sequence;
import dev.rankwise.datasets.pack.SequencePicture;
import dev.rankwise.datasets.source.ContentHash;
import java.util.List;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.types.StructType;

/** What prepared data hold. */
public enum ExampleKind {
  /** Texts with a class: {@link ExampleRows}. */
  LABELLED {
    @Override
    public StructType schema() {
      return ExampleRows.schema();
    }

    @Override
    RowFacts facts(Row row) {
      Example example = ExampleRows.example(row);
      ContentHash hash = new ContentHash();
      hash.add(example.position()).add(example.rowId()).add(example.label());
      int[] ids = example.ids();
      hash.add(ids.length);
      for (int id : ids) {
        hash.add(id);
      }
      addPictures(hash, example.pictures());
      int cut = ExampleRows.isTruncated(row) ? 1 : 0;
      return new RowFacts(
          example.position(),
          example.length(),
          example.label(),
          Sequence.NO_TASK,
          new int[] {example.length()},
          1,
          cut,
          hash.bytes());
    }
  },
  /** Sequences of one or more texts, with what is trained in them: {@link SequenceRows}. */
  SEQUENCES {
    @Override
    public StructType schema() {
      return SequenceRows.schema();
    }

    @Override
    RowFacts facts(Row row) {
      Sequence sequence = SequenceRows.sequence(row);
      ContentHash hash = new ContentHash().add(sequence.position());
      hash.add(sequence.rowIds().size());
      sequence.rowIds().forEach(hash::add);
      for (int start : sequence.starts()) {
        hash.add(start);
      }
      int[] ids = sequence.ids();
      boolean[] trained = sequence.trained();
      hash.add(ids.length);
      for (int token = 0; token < ids.length; token++) {
        // One number a token: its id, and in the lowest bit whether it is trained on.
        hash.add(2L * ids[token] + (trained[token] ? 1 : 0));
      }
      if (sequence.task() != Sequence.NO_TASK) {
        hash.add(sequence.task());
      }
      addPictures(hash, sequence.pictures());
      return new RowFacts(
          sequence.position(),
          sequence.length(),
          RowFacts.NO_LABEL,
          sequence.task(),
          sequence.textLengths(),
          sequence.targets(),
          SequenceRows.truncated(row),
          hash.bytes());
    }
  };

  /** Adds nothing where there are none, so that examples without pictures have their old hash. */
  private static void addPictures(ContentHash hash, List<SequencePicture> pictures) {
    for (SequencePicture picture : pictures) {
      hash.add(picture.first()).add(picture.colours());
    }
  }

  /** The kind in a message. */
  public String words() {
    return this == LABELLED ? "labelled examples" : "sequences of trained tokens";
  }

  /** The schema of a split's Parquet files. */
  public abstract StructType schema();

  /** What one row of such a file adds to its split. */
  abstract RowFacts facts(Row row);
}
