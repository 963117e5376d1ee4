using ActorRuntime.Configuration;

namespace Greenhouse.Lines;

/// <summary>Settings of the lines to devices, read from <c>greenhouse.line</c>.</summary>
public sealed record LineOptions
{
    /// <summary>Wait for the radio to open a channel. Default 5 s.</summary>
    public TimeSpan DialTimeout { get; init; } = TimeSpan.FromSeconds(5);

    /// <summary>Wait after the first failed attempt; doubled with each further one. Default 1 s.</summary>
    public TimeSpan RedialMin { get; init; } = TimeSpan.FromSeconds(1);

    /// <summary>Longest wait between attempts. Default 1 min.</summary>
    public TimeSpan RedialMax { get; init; } = TimeSpan.FromMinutes(1);

    /// <summary>Silence after which a line is watched. Default 10 s.</summary>
    public TimeSpan SilentAfter { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>Further silence after which it is given up and dialed anew. Default 20 s.</summary>
    public TimeSpan GiveUpAfter { get; init; } = TimeSpan.FromSeconds(20);

    /// <summary>Wait for a measurement to be stored before it is sent again. Default 3 s.</summary>
    public TimeSpan ResendInterval { get; init; } = TimeSpan.FromSeconds(3);

    /// <summary>Measurements kept until they are stored; beyond that the oldest is lost. Default 1,000.</summary>
    public int WaitingMax { get; init; } = 1000;

    /// <summary>Reads the settings; what is missing keeps its default.</summary>
    public static LineOptions FromConfig(Config config)
    {
        var (section, defaults) = (config.GetConfig("greenhouse.line"), new LineOptions());
        return new LineOptions
        {
            DialTimeout = section.GetTimeSpan("dial-timeout", defaults.DialTimeout),
            RedialMin = section.GetTimeSpan("redial-min", defaults.RedialMin),
            RedialMax = section.GetTimeSpan("redial-max", defaults.RedialMax),
            SilentAfter = section.GetTimeSpan("silent-after", defaults.SilentAfter),
            GiveUpAfter = section.GetTimeSpan("give-up-after", defaults.GiveUpAfter),
            ResendInterval = section.GetTimeSpan("resend-interval", defaults.ResendInterval),
            WaitingMax = section.GetInt("waiting-max", defaults.WaitingMax),
        };
    }
}
