package dev.rankwise.jobs.cluster;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.ArrayList;
import java.util.List;

/** What paragraphs gave, on one page as a notebook lays it out, to be looked at in a browser. */
final class ShownNotes {
  private static final String STYLE =
      """
      body { font: 14px/1.4 "Helvetica Neue", Helvetica, Arial, sans-serif; color: #333; background: #f4f6f8;
        max-width: 1100px; margin: 16px auto; }
      .paragraph { background: #fff; border: 1px solid #e5e5e5; border-radius: 3px; margin: 0 0 10px; padding: 10px 16px; }
      .title { font-size: 16px; margin: 0 0 6px; }
      pre.code { background: #fafafa; border-left: 3px solid #3071a9; padding: 6px 10px; font-size: 12px; white-space: pre-wrap; }
      pre.text { font-size: 12px; white-space: pre-wrap; margin: 4px 0; }
      table.zeppelin { border-collapse: collapse; font-size: 13px; margin: 6px 0; }
      table.zeppelin td, table.zeppelin th { border: 1px solid #ddd; padding: 3px 8px; text-align: left; }
      """;

  private ShownNotes() {}

  /** The whole page. */
  static String page(List<String> paragraphs) {
    return "<!DOCTYPE html>\n<html><head><meta charset=\"utf-8\"><title>Notes</title><style>"
        + STYLE
        + "</style></head><body>\n"
        + String.join("\n", paragraphs)
        + "\n</body></html>\n";
  }

  /** A paragraph with its code and what it gave. */
  static List<String> of(JsonNode paragraph) {
    List<String> lines = new ArrayList<>();
    lines.add("<div class=\"paragraph\">");
    lines.add("<div class=\"title\">" + escaped(paragraph.path("title").asText()) + "</div>");
    lines.add("<pre class=\"code\">" + escaped(paragraph.path("text").asText()) + "</pre>");
    for (JsonNode message : paragraph.path("results").path("msg")) {
      String data = message.path("data").asText();
      lines.add(
          switch (message.path("type").asText()) {
            case "HTML" -> "<div>" + data + "</div>";
            case "TABLE" -> table(data);
            default -> "<pre class=\"text\">" + escaped(data) + "</pre>";
          });
    }
    lines.add("</div>");
    return lines;
  }

  private static String table(String data) {
    StringBuilder table = new StringBuilder("<table class=\"zeppelin\">");
    String cell = "th";
    for (String line : data.strip().split("\n")) {
      table.append("<tr>");
      for (String value : line.split("\t", -1)) {
        table.append("<").append(cell).append('>').append(escaped(value));
        table.append("</").append(cell).append('>');
      }
      table.append("</tr>\n");
      cell = "td";
    }
    return table.append("</table>").toString();
  }

  private static String escaped(String text) {
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;");
  }
}
