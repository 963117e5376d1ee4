namespace ActorRuntime.Configuration;

/// <summary>A stretch of the calendar: its length in hours depends on when it begins.</summary>
/// <param name="Months">Whole months; a year is 12.</param>
/// <param name="Days">Whole days, added after the months; a week is 7.</param>
public readonly record struct Period(int Months, int Days)
{
    /// <summary>The day this much after <paramref name="start"/>; a day the month does not have becomes its last.</summary>
    public DateOnly After(DateOnly start) => start.AddMonths(Months).AddDays(Days);

    /// <inheritdoc cref="After(DateOnly)"/>
    public DateTimeOffset After(DateTimeOffset start) => start.AddMonths(Months).AddDays(Days);
}
