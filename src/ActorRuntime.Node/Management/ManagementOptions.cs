using System.Net;
using ActorRuntime.Configuration;
using ActorRuntime.Util;

namespace ActorRuntime.Node.Management;

/// <summary>Settings of the port that <c>arctl</c> talks to, read from <c>actor-runtime.management</c>.</summary>
internal sealed record ManagementOptions
{
    private const string Path = "actor-runtime.management";

    /// <summary>Address to listen on; a loopback address, because the port asks nobody who he is. Default 127.0.0.1.</summary>
    public string Host { get; init; } = "127.0.0.1";

    /// <summary>TCP port, 0 to 65535, default 9110; 0 takes a free one.</summary>
    public int Port { get; init; } = 9110;

    /// <summary>Connections at once, 1 to 1,000, default 16. One more is told so and closed.</summary>
    public int ConnectionsMax { get; init; } = 16;

    /// <summary>Commands at once on one connection, 1 to 100, default 8. One more is answered <c>busy</c>.</summary>
    public int CommandsMax { get; init; } = 8;

    /// <summary>Length of a request, 256 bytes to 1 MiB, default 64 KiB. A longer one closes its connection.</summary>
    public long RequestBytesMax { get; init; } = 64 * 1024;

    /// <summary>Length of a reply, 4 KiB to 16 MiB (what <c>arctl</c> reads), default 8 MiB. A longer one becomes an error.</summary>
    public long ReplyBytesMax { get; init; } = 8 * 1024 * 1024;

    /// <summary>Time a command may take, 100 ms to 10 min, default 10 s; streams are not limited.</summary>
    public TimeSpan CommandTimeout { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>The end point of <see cref="Host"/> and <see cref="Port"/>.</summary>
    public IPEndPoint EndPoint => new(IPAddress.Parse(Host), Port);

    /// <summary>Reads the section out of the whole configuration; what is missing keeps its default.</summary>
    public static ManagementOptions FromConfig(Config config)
    {
        var section = config.GetConfig(Path);
        var defaults = new ManagementOptions();
        return new ManagementOptions
        {
            Host = section.GetString("host", defaults.Host),
            Port = section.GetInt("port", defaults.Port),
            ConnectionsMax = section.GetInt("connections-max", defaults.ConnectionsMax),
            CommandsMax = section.GetInt("commands-max", defaults.CommandsMax),
            RequestBytesMax = section.GetByteSize("request-bytes-max", defaults.RequestBytesMax),
            ReplyBytesMax = section.GetByteSize("reply-bytes-max", defaults.ReplyBytesMax),
            CommandTimeout = section.GetTimeSpan("command-timeout", defaults.CommandTimeout),
        };
    }

    /// <summary>Returns this instance once every rule holds.</summary>
    /// <exception cref="OptionsException">Lists every broken rule.</exception>
    public ManagementOptions Validated()
    {
        new OptionErrors(Path)
            .Require(IPAddress.TryParse(Host, out var address) && IPAddress.IsLoopback(address),
                "host: must be a loopback address such as 127.0.0.1")
            .Require(Port is >= 0 and <= IPEndPoint.MaxPort, "port: must be 0 to 65535")
            .Require(ConnectionsMax is >= 1 and <= 1_000, "connections-max: must be 1 to 1000")
            .Require(CommandsMax is >= 1 and <= 100, "commands-max: must be 1 to 100")
            .Require(RequestBytesMax is >= 256 and <= 1024 * 1024, "request-bytes-max: must be 256 bytes to 1 MiB")
            .Require(ReplyBytesMax is >= 4096 and <= 16 * 1024 * 1024, "reply-bytes-max: must be 4 KiB to 16 MiB")
            .Require(CommandTimeout >= TimeSpan.FromMilliseconds(100), "command-timeout: below 100 ms no answer makes it")
            .Require(CommandTimeout <= TimeSpan.FromMinutes(10), "command-timeout: above 10 min nobody waits")
            .ThrowIfAny();
        return this;
    }
}
