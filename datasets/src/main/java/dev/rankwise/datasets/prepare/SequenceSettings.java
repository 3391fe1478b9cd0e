package dev.rankwise.datasets.prepare;

import dev.rankwise.datasets.chat.ChatRenderer;
import dev.rankwise.datasets.chat.TrainOn;
import dev.rankwise.datasets.example.RowCheck;
import dev.rankwise.datasets.example.TurnColumns;
import dev.rankwise.datasets.example.TurnRowCheck;
import dev.rankwise.datasets.pack.Packing;
import dev.rankwise.datasets.pack.Truncation;
import dev.rankwise.datasets.source.AskedColumns;
import dev.rankwise.datasets.source.RowLimits;
import dev.rankwise.models.failure.UserInputException;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;

/**
 * How conversations and texts are prepared for a causal language model. Driver only.
 *
 * @param columns the form of the rows and where its parts lie
 * @param split which rows are held out
 * @param maximumTokens longest sequence in tokens
 * @param limits longest value of a row
 * @param renderer how a conversation is written
 * @param trainOn which turns the loss is taken on
 * @param truncation what becomes of a longer text
 * @param packing whether texts share sequences
 */
public record SequenceSettings(
    TurnColumns columns,
    SplitRule split,
    int maximumTokens,
    RowLimits limits,
    ChatRenderer renderer,
    TrainOn trainOn,
    Truncation truncation,
    Packing packing)
    implements PreparationTask {
  /** Longest sequence unless a recipe says otherwise, if the model can take it. */
  public static final int DEFAULT_MAXIMUM_TOKENS = 2_048;

  private static final int LEAST_TOKENS = 3;
  private static final int MOST_TOKENS = 1 << 20;

  public SequenceSettings {
    Objects.requireNonNull(columns, "columns");
    Objects.requireNonNull(split, "split");
    Objects.requireNonNull(limits, "limits");
    Objects.requireNonNull(renderer, "renderer");
    Objects.requireNonNull(trainOn, "trainOn");
    Objects.requireNonNull(truncation, "truncation");
    Objects.requireNonNull(packing, "packing");
    if (maximumTokens < LEAST_TOKENS || maximumTokens > MOST_TOKENS) {
      throw new UserInputException(
          ("Invalid maximum tokens of a sequence: %s (must be in [%s, %s] and no more than the"
                  + " model's positions); set data.max-tokens")
              .formatted(maximumTokens, LEAST_TOKENS, MOST_TOKENS));
    }
  }

  /** The default token limit for a model that takes {@code positions} tokens. */
  public static int defaultMaximumTokens(int positions) {
    return Math.min(DEFAULT_MAXIMUM_TOKENS, positions);
  }

  @Override
  public AskedColumns asked() {
    return columns.asked();
  }

  @Override
  public RowCheck check() {
    return new TurnRowCheck(columns, renderer, trainOn, limits);
  }

  @Override
  public Map<String, String> described() {
    Map<String, String> described = new LinkedHashMap<>();
    described.put("row-format", columns.form().label());
    columns.columns().forEach((name, column) -> described.put("column " + name, column));
    described.put("key-column", columns.key());
    described.put("split", split.description());
    described.put("max-tokens", Integer.toString(maximumTokens));
    described.put("max-characters", Integer.toString(limits.maximumCharacters()));
    described.putAll(renderer.described());
    described.put("train-on", word(trainOn));
    described.put("truncation", word(truncation));
    described.put("packing", word(packing));
    return Collections.unmodifiableMap(described);
  }

  private static String word(Enum<?> constant) {
    return constant.name().toLowerCase(Locale.ROOT).replace('_', '-');
  }
}
