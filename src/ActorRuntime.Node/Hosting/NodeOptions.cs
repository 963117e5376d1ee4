using System.Collections.Immutable;
using ActorRuntime.Cluster.View;
using ActorRuntime.Configuration;
using ActorRuntime.Util;
using Microsoft.Extensions.Logging;

namespace ActorRuntime.Node.Hosting;

/// <summary>Settings of the node process, read from <c>actor-runtime.node</c>; what a layer owns stands with the layer.</summary>
internal sealed record NodeOptions
{
    private const string Path = "actor-runtime.node";

    /// <summary>The entry of the reference that says which keys a flow has.</summary>
    private const string AnyFlow = "*";

    /// <summary>Name of the actor system, the same on all nodes. Default <c>cluster</c>.</summary>
    public string SystemName { get; init; } = "cluster";

    /// <summary>File of the control log; all node processes of one machine share it. Default <c>data/control-log.db</c>.</summary>
    public string ControlLogFile { get; init; } = "data/control-log.db";

    /// <summary>File of journal and snapshots, shared likewise. Default <c>data/journal.db</c>.</summary>
    public string JournalFile { get; init; } = "data/journal.db";

    /// <summary>Lowest level that is logged. Default information.</summary>
    public LogLevel LogLevel { get; init; } = LogLevel.Information;

    /// <summary>New lives after a loss within any 60 s, 0 to 60, default 6.</summary>
    public int RestartsPerMinute { get; init; } = 6;

    /// <summary>Nodes that must host sender units before flows are defined, 1 to 100, default 1.</summary>
    public int FlowsNeedNodes { get; init; } = 1;

    /// <summary>Flows to define, ordered by name.</summary>
    public ImmutableArray<FlowDefinition> Flows { get; init; } = [];

    /// <summary>Returns this instance once every rule holds.</summary>
    /// <exception cref="OptionsException">Lists every broken rule.</exception>
    public NodeOptions Validated()
    {
        var errors = new OptionErrors(Path)
            .Require(IsSystemName(SystemName), $"system-name: ASCII letters and digits, - or _ after the first; '{SystemName}' is not")
            .Require(ControlLogFile.Length > 0, "control-log-file: names no file")
            .Require(JournalFile.Length > 0, "journal-file: names no file")
            .Require(RestartsPerMinute is >= 0 and <= 60, "restarts-per-minute: must be 0 to 60");
        errors.Require(FlowsNeedNodes is >= 1 and <= 100, "flows-need-nodes: must be 1 to 100");
        foreach (var flow in Flows)
        {
            errors.Require(flow.Senders is >= 1 and <= FlowDefinition.SendersMax, $"flows.{flow.Name}.senders: must be 1 to 16")
                .Require(flow.Source.Length > 0, $"flows.{flow.Name}.source: names no source; \"file-lines\" is built in")
                .Require(flow.ItemsPerSecond is null or >= 0, $"flows.{flow.Name}.items-per-second: must be 0 (no limit) or more");
        }
        errors.ThrowIfAny();
        return this;
    }

    /// <summary>Reads the section out of the whole configuration; what is missing keeps its default.</summary>
    public static NodeOptions FromConfig(Config config)
    {
        var section = config.GetConfig(Path);
        var defaults = new NodeOptions();
        var flows = section.GetConfig("flows");
        return new NodeOptions
        {
            SystemName = section.GetString("system-name", defaults.SystemName),
            ControlLogFile = section.GetString("control-log-file", defaults.ControlLogFile),
            JournalFile = section.GetString("journal-file", defaults.JournalFile),
            LogLevel = section.GetEnum("log-level", (LogLevel?)defaults.LogLevel),
            RestartsPerMinute = section.GetInt("restarts-per-minute", defaults.RestartsPerMinute),
            FlowsNeedNodes = section.GetInt("flows-need-nodes", defaults.FlowsNeedNodes),
            Flows = [.. flows.AsEnumerable().Select(flow => flow.Key).Where(name => name != AnyFlow).Order(StringComparer.Ordinal).Select(name =>
                FlowDefinition.FromConfig(name, flows.GetConfig(Quoted(name))))],
        };
    }

    private static string Quoted(string key) => $"\"{key}\"";

    private static bool IsSystemName(string name) =>
        name.Length > 0 && char.IsAsciiLetterOrDigit(name[0]) && name.All(c => char.IsAsciiLetterOrDigit(c) || c is '-' or '_');
}

/// <summary>A flow as the configuration defines it.</summary>
/// <param name="Source">Name of a registered source.</param>
/// <param name="SourceSettings">What the source needs.</param>
/// <param name="Senders">Sender units; the first is the flow's own.</param>
/// <param name="ItemsPerSecond">0: no limit; null: the default of flows.</param>
internal sealed record FlowDefinition(
    string Name, string Source, ImmutableSortedDictionary<string, string> SourceSettings, int Senders, FailbackPolicy Failback,
    int? ItemsPerSecond)
{
    public const int SendersMax = 16;
    private const int SendersDefault = 2;

    public static FlowDefinition FromConfig(string name, Config flow)
    {
        var settings = flow.GetConfig("source-settings");
        return new(
            name, flow.GetString("source", ""),
            settings.AsEnumerable().ToImmutableSortedDictionary(setting => setting.Key, setting => settings.GetString(setting.Key)),
            flow.GetInt("senders", SendersDefault), flow.GetEnum("failback", (FailbackPolicy?)FailbackPolicy.Automatic),
            flow.HasPath("items-per-second") ? flow.GetInt("items-per-second") : null);
    }
}
