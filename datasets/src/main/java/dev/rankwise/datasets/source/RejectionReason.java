package dev.rankwise.datasets.source;

/** Why a row does not become an example. */
public enum RejectionReason {
  /** The line or record breaks its file format: not JSON, wrong number of fields, open quote. */
  MALFORMED_ROW("the line or record breaks its file format"),
  /** Bytes that are not UTF-8, or an escaped half of a surrogate pair. */
  INVALID_UTF8("the bytes are not valid UTF-8"),
  /** A control character that is no white space, such as NUL or an escape of a terminal. */
  CONTROL_CHARACTER("a value holds a control character"),
  /** A value that is neither text, whole number nor boolean where text is needed. */
  WRONG_TYPE("a value is neither text, a whole number nor a boolean"),
  /** A text, label or key beyond its limit. */
  TOO_LONG("a value is longer than its limit"),
  /** The key column is null or empty. */
  MISSING_KEY("the key is missing"),
  /** The text column is null. */
  MISSING_TEXT("the text is missing"),
  /** The text is empty or white space only. */
  EMPTY_TEXT("the text is empty"),
  /** The label column is null or empty. */
  MISSING_LABEL("the label is missing"),
  /** The recipe's condition does not hold. */
  FILTERED("the condition of data.filter does not hold"),
  /** A column breaks a rule that the recipe has for it. */
  COLUMN_RULE("a column breaks a rule of data.column-rules"),
  /** Fewer or more words than asked for. */
  WORD_COUNT("the text has too few or too many words"),
  /** The mean word is too short or too long. */
  WORD_LENGTH("the words are too short or too long"),
  /** Too many hash signs or ellipses. */
  SYMBOLS("too many hash signs or ellipses"),
  /** Too many lines are items of a list, or break off. */
  LIST_LINES("too many lines are list items or break off"),
  /** Too many words have no letter. */
  FEW_LETTERS("too few words have a letter"),
  /** Too few of the words that every English text has. */
  FEW_STOP_WORDS("too few common words"),
  /** Lines or paragraphs stand there again and again. */
  REPEATED_LINES("lines or paragraphs repeat"),
  /** Runs of words stand there again and again. */
  REPEATED_WORDS("runs of words repeat"),
  /** Fewer sentences than asked for. */
  FEW_SENTENCES("too few sentences"),
  /** Text that fills a place, notes on cookies, program code of a page. */
  BOILERPLATE("the text is boilerplate of a web page"),
  /** None of the languages asked for. */
  OTHER_LANGUAGE("the language is none of those asked for"),
  /** A key, token or password, where such rows are left out. */
  SECRET_FOUND("the row holds a secret"),
  /** An e-mail address, where such rows are left out. */
  EMAIL_FOUND("the row holds an e-mail address"),
  /** An account number, where such rows are left out. */
  IBAN_FOUND("the row holds an IBAN"),
  /** A card number, where such rows are left out. */
  CARD_FOUND("the row holds a card number"),
  /** An address of a computer, where such rows are left out. */
  IP_FOUND("the row holds an IP address"),
  /** A telephone number, where such rows are left out. */
  PHONE_FOUND("the row holds a telephone number"),
  /** Another row has the same text and was kept. */
  SAME_TEXT("another row has the same text"),
  /** Another row has nearly the same text and was kept. */
  NEARLY_SAME_TEXT("another row has nearly the same text"),
  /** Shares a run of words with what a model is measured on. */
  IN_EVALUATION("a run of words stands in an evaluation set"),
  /** Another row has the same id and was kept. */
  DUPLICATE("another row has the same id"),
  /** The same text is among the rows that are held out. */
  HELD_OUT("the same text is held out"),
  /** The label is not one of the known labels. */
  UNKNOWN_LABEL("the label is not in the label set"),
  /** The task column is null or empty. */
  MISSING_TASK("the task is missing"),
  /** The task is not one of those that are named. */
  UNKNOWN_TASK("the task is none of those that are named"),
  /** The turns are not a list of role and text. */
  MALFORMED_TURNS("the turns are not a list of role and text"),
  /** The tools are not a list in JSON. */
  MALFORMED_TOOLS("the tools are not a list"),
  /** A turn's role is not one that is known. */
  UNKNOWN_ROLE("the role of a turn is unknown"),
  /** The conversation has no turn, or none but the system's. */
  EMPTY_CONVERSATION("the conversation is empty"),
  /** The first turn is not the user's. */
  STARTS_WITH_ASSISTANT("the conversation does not start with the user"),
  /** The chat format has no place for a turn of this kind, or for turns in this order. */
  UNSUPPORTED_TURN("the chat format has no place for a turn"),
  /** The base's own template ended with an error on the conversation. */
  TEMPLATE_REFUSED("the chat template refuses the conversation"),
  /** The base's own template leaves out the tools that a turn calls. */
  TOOL_CALLS_LEFT_OUT("the chat template leaves out the calls of tools"),
  /** No two renderings by the base's own template agree on where a turn that is used lies. */
  TEMPLATE_DISAGREES("the chat template gives no sure place to the answers"),
  /** The image column of a row that needs a picture is null or empty. */
  MISSING_PICTURE("the picture is missing"),
  /** The image column holds neither a file, a path, nor a list of these. */
  MALFORMED_PICTURES("the pictures are neither files nor paths"),
  /** The file of a picture is not there or cannot be read. */
  PICTURE_UNREADABLE("the file of a picture cannot be read"),
  /** The file of a picture is of no format that is read. */
  PICTURE_OF_UNKNOWN_FORMAT("a picture is no PNG, JPEG or WebP file"),
  /** A picture is of a kind of its format that is not read. */
  PICTURE_OF_UNSUPPORTED_KIND("a picture is of a kind that is not read"),
  /** The file of a picture ends before its picture does. */
  PICTURE_TRUNCATED("a picture is cut short"),
  /** What the file of a picture says contradicts itself. */
  PICTURE_DAMAGED("a picture is damaged"),
  /** A picture's file has more bytes, or the picture more pixels, than allowed. */
  PICTURE_TOO_LARGE("a picture is larger than allowed"),
  /** The text has places for more or fewer pictures than there are. */
  PICTURE_COUNT("the text marks more or fewer pictures than the row has"),
  /** The token limit would cut a picture, or cut it off. */
  PICTURE_CUT("the token limit would cut a picture"),
  /** More tokens than allowed, where longer examples are dropped. */
  TOO_MANY_TOKENS("the example has more tokens than allowed"),
  /** No token is left that the loss is taken on. */
  NO_TARGET_TOKENS("no token to train on is left");

  private final String description;

  RejectionReason(String description) {
    this.description = description;
  }

  /** Whether another chat format may have a place for the row. */
  public boolean isOfTheChatFormat() {
    return switch (this) {
      case UNSUPPORTED_TURN, TEMPLATE_REFUSED, TOOL_CALLS_LEFT_OUT, TEMPLATE_DISAGREES -> true;
      default -> false;
    };
  }

  /** Whether it is a picture, or its place in the text, that cannot be used. */
  public boolean isOfAPicture() {
    return switch (this) {
      case MISSING_PICTURE,
          MALFORMED_PICTURES,
          PICTURE_UNREADABLE,
          PICTURE_OF_UNKNOWN_FORMAT,
          PICTURE_OF_UNSUPPORTED_KIND,
          PICTURE_TRUNCATED,
          PICTURE_DAMAGED,
          PICTURE_TOO_LARGE,
          PICTURE_COUNT,
          PICTURE_CUT ->
          true;
      default -> false;
    };
  }

  /** The reason in words, for messages and reports. */
  public String description() {
    return description;
  }
}
