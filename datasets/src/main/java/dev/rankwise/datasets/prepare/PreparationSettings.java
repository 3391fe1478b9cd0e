package dev.rankwise.datasets.prepare;

import dev.rankwise.datasets.example.LabelSet;
import dev.rankwise.datasets.example.LabelledColumns;
import dev.rankwise.datasets.example.LabelledPictureCheck;
import dev.rankwise.datasets.example.LabelledRowCheck;
import dev.rankwise.datasets.example.RowCheck;
import dev.rankwise.datasets.picture.PictureFolder;
import dev.rankwise.datasets.picture.PictureForm;
import dev.rankwise.datasets.picture.PictureReading;
import dev.rankwise.datasets.source.AskedColumns;
import dev.rankwise.datasets.source.RowLimits;
import dev.rankwise.models.failure.UserInputException;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;

/**
 * How rows of labelled text are prepared. Driver only.
 *
 * @param columns where text, label and key lie
 * @param split which rows are held out
 * @param maximumTokens longest example in tokens, special ones included; a longer text is cut
 * @param limits longest text that is looked at at all
 * @param labels the classes in class order, or empty to take those of the training rows
 * @param unknownLabels what to do with rows of other labels
 * @param pictures how the column of texts is read where it holds pictures; empty where it does not
 */
public record PreparationSettings(
    LabelledColumns columns,
    SplitRule split,
    int maximumTokens,
    RowLimits limits,
    List<String> labels,
    UnknownLabels unknownLabels,
    Optional<PictureForm> pictures)
    implements PreparationTask {
  /** Longest example unless a recipe says otherwise, if the model can take it. */
  public static final int DEFAULT_MAXIMUM_TOKENS = 256;

  private static final int LEAST_TOKENS = 3;
  private static final int MOST_TOKENS = 1 << 20;

  public PreparationSettings {
    Objects.requireNonNull(columns, "columns");
    Objects.requireNonNull(split, "split");
    Objects.requireNonNull(limits, "limits");
    Objects.requireNonNull(unknownLabels, "unknownLabels");
    labels = labels.isEmpty() ? List.of() : new LabelSet(labels).labels();
    if (maximumTokens < LEAST_TOKENS || maximumTokens > MOST_TOKENS) {
      throw new UserInputException(
          "Invalid maximum tokens of an example: "
              + maximumTokens
              + " (must be in ["
              + LEAST_TOKENS
              + ", "
              + MOST_TOKENS
              + "] and no more than the model's positions); set data.max-tokens");
    }
  }

  /** Settings of labelled texts. */
  public PreparationSettings(
      LabelledColumns columns,
      SplitRule split,
      int maximumTokens,
      RowLimits limits,
      List<String> labels,
      UnknownLabels unknownLabels) {
    this(columns, split, maximumTokens, limits, labels, unknownLabels, Optional.empty());
  }

  /** These settings for pictures in the place of texts; each has a class token and its patches. */
  public PreparationSettings withPictures(PictureForm form) {
    return new PreparationSettings(
        columns, split, form.tokens(), limits, labels, unknownLabels, Optional.of(form));
  }

  /** Settings with the usual limits and the labels of the training rows. */
  public static PreparationSettings of(LabelledColumns columns, SplitRule split) {
    return new PreparationSettings(
        columns,
        split,
        DEFAULT_MAXIMUM_TOKENS,
        RowLimits.defaults(),
        List.of(),
        UnknownLabels.REJECT);
  }

  /** The default token limit for a model that takes {@code positions} tokens. */
  public static int defaultMaximumTokens(int positions) {
    return Math.min(DEFAULT_MAXIMUM_TOKENS, positions);
  }

  /** These settings with another token limit. */
  public PreparationSettings withMaximumTokens(int tokens) {
    return new PreparationSettings(columns, split, tokens, limits, labels, unknownLabels, pictures);
  }

  /** These settings with other row limits. */
  public PreparationSettings withLimits(RowLimits rowLimits) {
    return new PreparationSettings(
        columns, split, maximumTokens, rowLimits, labels, unknownLabels, pictures);
  }

  /** These settings with a fixed label set, such as that of a trained adapter. */
  public PreparationSettings withLabels(List<String> classes, UnknownLabels others) {
    return new PreparationSettings(
        columns, split, maximumTokens, limits, classes, others, pictures);
  }

  @Override
  public AskedColumns asked() {
    return pictures.isEmpty()
        ? AskedColumns.ofTexts(columns.names())
        : new AskedColumns(columns.names(), List.of(), AskedColumns.Nested.AS_JSON);
  }

  @Override
  public RowCheck check(PictureFolder folder) {
    LabelledRowCheck labelled = new LabelledRowCheck(columns, limits);
    return pictures
        .<RowCheck>map(form -> new LabelledPictureCheck(labelled, new PictureReading(form, folder)))
        .orElse(labelled);
  }

  @Override
  public Map<String, String> described() {
    Map<String, String> described = new LinkedHashMap<>();
    described.put(pictures.isEmpty() ? "text-column" : "image-column", columns.text());
    described.put("label-column", columns.label());
    described.put("key-column", columns.key());
    described.put("split", split.description());
    described.put("max-tokens", Integer.toString(maximumTokens));
    described.put("max-characters", Integer.toString(limits.maximumCharacters()));
    described.put("labels", labels.isEmpty() ? "of the training rows" : String.join("\n", labels));
    described.put("unknown-labels", unknownLabels == UnknownLabels.FAIL ? "fail" : "reject");
    pictures.ifPresent(form -> described.putAll(form.described()));
    return Collections.unmodifiableMap(described);
  }
}
