using ActorRuntime.Configuration;
using ActorRuntime.Util;

namespace ActorRuntime.Persistence;

/// <summary>Bounds of the sessions of one actor, read from <c>actor-runtime.persistence.sessions</c>.</summary>
public sealed record SessionOptions
{
    /// <summary>Most sessions; one more client is refused until one is over. 1 to 1,000,000, default 1,000.</summary>
    public int Max { get; init; } = 1_000;

    /// <summary>How long a session is kept after its last request: longer than clients repeat a request. 1 s to 365 d, default 1 h.</summary>
    public TimeSpan TimeToLive { get; init; } = TimeSpan.FromHours(1);

    /// <summary>Replies kept of a session: as many requests as a client has on the way. 1 to 10,000, default 8.</summary>
    public int RepliesMax { get; init; } = 8;

    internal static SessionOptions FromConfig(Config config, string section, SessionOptions defaults) => new()
    {
        Max = config.GetInt(section + ".max", defaults.Max),
        TimeToLive = config.GetTimeSpan(section + ".time-to-live", defaults.TimeToLive),
        RepliesMax = config.GetInt(section + ".replies-max", defaults.RepliesMax),
    };

    /// <summary>Returns this instance once every rule holds.</summary>
    /// <exception cref="OptionsException">Lists every broken rule.</exception>
    public SessionOptions Validated()
    {
        new OptionErrors("actor-runtime.persistence.sessions")
            .Require(Max is >= 1 and <= 1_000_000, "max: outside of 1 to 1,000,000")
            .Require(TimeToLive >= TimeSpan.FromSeconds(1) && TimeToLive <= TimeSpan.FromDays(365), "time-to-live: outside of 1 s to 365 d")
            .Require(RepliesMax is >= 1 and <= 10_000, "replies-max: outside of 1 to 10,000")
            .ThrowIfAny();
        return this;
    }
}
