package dev.rankwise.jobs.report;

/**
 * Something to type.
 *
 * @param purpose what it does: {@code Load it in Hugging Face PEFT}
 * @param text the command or program, of one or more lines
 */
public record UsageCommand(String purpose, String text) {}
