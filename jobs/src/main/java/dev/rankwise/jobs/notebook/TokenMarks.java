package dev.rankwise.jobs.notebook;

import dev.rankwise.datasets.example.Example;
import dev.rankwise.datasets.pack.Sequence;
import dev.rankwise.datasets.shard.PreparedData;
import dev.rankwise.datasets.shard.Split;
import dev.rankwise.jobs.chart.Markup;
import dev.rankwise.jobs.page.SectionFrame;
import dev.rankwise.jobs.text.Redaction;
import dev.rankwise.models.text.CountText;
import dev.rankwise.models.tokenizer.Tokenizer;
import org.apache.spark.sql.SparkSession;

/** Prepared rows as the model sees them: their tokens, those marked that the loss is taken on. */
final class TokenMarks {
  private TokenMarks() {}

  /** Draws the first rows that are trained on. */
  static void draw(
      SparkSession spark, PreparedData data, Tokenizer tokenizer, int most, Markup into) {
    into.element(
        "p",
        "Each box is a token. The model learns to say what is marked, and only that; the rest is"
            + " what it reads first.",
        "class",
        "reading");
    SectionFrame.openTable(into, "tight", "Row", "Tokens", "Marked: trained on");
    switch (data.manifest().kind()) {
      case LABELLED -> {
        for (Example example : data.preview(spark, Split.TRAIN, most)) {
          row(into, example.rowId(), example.length());
          tokens(into, tokenizer.tokens(example.ids()), new boolean[example.length()]);
          mark(into, data.manifest().labels().get(example.label()));
          into.close().close().line();
        }
      }
      case SEQUENCES -> {
        for (Sequence sequence : data.previewSequences(spark, Split.TRAIN, most)) {
          sequence(into, sequence, tokenizer);
        }
      }
    }
    SectionFrame.closeTable(into);
  }

  private static void sequence(Markup into, Sequence sequence, Tokenizer tokenizer) {
    int[] ids = sequence.ids();
    boolean[] trained = sequence.trained();
    int[] starts = sequence.starts();
    int[] lengths = sequence.textLengths();
    for (int text = 0; text < starts.length; text++) {
      int[] own = new int[lengths[text]];
      boolean[] marked = new boolean[lengths[text]];
      for (int i = 0; i < own.length; i++) {
        // Patches of a picture have ids below zero, which no token has.
        own[i] = Math.max(0, ids[starts[text] + i]);
        // Nothing stands before the first token of a text, so nothing predicts it.
        marked[i] = i > 0 && trained[starts[text] + i];
      }
      row(into, sequence.rowIds().get(text), own.length);
      tokens(into, tokenizer.tokens(own), marked);
      into.close().close().line();
    }
  }

  private static void row(Markup into, String id, int tokens) {
    into.open("tr");
    SectionFrame.rowHead(into, id);
    SectionFrame.number(into, CountText.of(tokens, "token"));
    into.open("td", "class", "text tokens");
  }

  private static void tokens(Markup into, String[] tokens, boolean[] marked) {
    for (int i = 0; i < tokens.length; i++) {
      if (marked[i]) {
        mark(into, tokens[i]);
      } else {
        into.element("span", Redaction.printable(tokens[i])).text(" ");
      }
    }
  }

  private static void mark(Markup into, String text) {
    into.element("mark", Redaction.printable(text)).text(" ");
  }
}
