using ActorRuntime.Persistence.Local.Files;
using ActorRuntime.Util;
using Microsoft.Win32.SafeHandles;

namespace ActorRuntime.Persistence.Local.Tests.Faults;

/// <summary>The power went out: nothing of the process is left but what <see cref="CutDisk.CutTo"/> gives.</summary>
internal sealed class PowerCutException() : Exception("the power is cut");

/// <summary>
/// A disk that remembers what it was told to flush. A power cut leaves each page of a file, or each sector, as it was at the last flush, as
/// it is now, or as it was when the kernel wrote it in between (<see cref="Observe"/>); and each name in a directory as it was at its last
/// flush, or is. </summary>
internal sealed class CutDisk(Prng random) : IDisk
{
    private readonly LocalDisk _disk = new();
    private readonly Dictionary<long, List<byte[]>> _versions = [];
    private readonly Dictionary<string, Dictionary<string, long>> _names = [];
    private readonly List<byte[]> _garbage = [new byte[64 * 1024]];

    /// <summary>Calls until the power is cut in the middle of one; none when negative.</summary>
    public int CallsLeft { get; set; } = -1;

    /// <summary>What others do while a file is being flushed: it does not count as flushed.</summary>
    public Action? During { get; set; }

    public void Flush(SafeFileHandle file, string path) => Call(() =>
    {
        _versions[Inode(file)] = [Content(file)];
        During?.Invoke();
    });

    public void FlushDirectory(string path) => Call(() => _names[Key(path)] = NamesNow(path));

    public void Allocate(SafeFileHandle file, string path, long length) => Call(() => _disk.Allocate(file, path, length));

    public void WriteZeros(SafeFileHandle file, long length) => Call(() => _disk.WriteZeros(file, length));

    public string? NetworkFileSystem(string directory) => null;

    /// <summary>Goes on with a directory as it is found after a power cut: all of it is on the disk.</summary>
    public void Take(string directory) => ForEach(directory, (_, file) => _versions[Inode(file)] = [Content(file)], (key, names) => _names[key] = names);

    /// <summary>Goes on with a copy of another disk's directory, as the page cache has it, after the process was killed.</summary>
    public void Take(string directory, CutDisk before, string from)
    {
        var moved = new Dictionary<long, long>();
        ForEach(
            directory,
            (path, file) =>
            {
                using var old = Open(Path.Combine(from, Path.GetRelativePath(directory, path)));
                moved[Inode(old)] = Inode(file);
                if (before._versions.TryGetValue(Inode(old), out var versions)) _versions[Inode(file)] = [.. versions];
            },
            (key, _) =>
            {
                var old = before._names.GetValueOrDefault(Key(Path.Combine(from, Path.GetRelativePath(directory, key)))) ?? [];
                _names[key] = old.Where(name => moved.ContainsKey(name.Value)).ToDictionary(name => name.Key, name => moved[name.Value]);
            });
    }

    /// <summary>The kernel writes some of what it has, now.</summary>
    public void Observe(string directory)
    {
        foreach (var path in Directory.GetDirectories(directory, "*", SearchOption.AllDirectories).SelectMany(Files))
        {
            if (random.Chance(70)) continue;
            using var file = Open(path);
            (_versions.TryGetValue(Inode(file), out var versions) ? versions : _versions[Inode(file)] = []).Add(Content(file));
        }
    }

    /// <summary>What a machine finds in the directory when the power is back, in a new directory.</summary>
    /// <param name="unit">What is written whole: a page, a sector, or less, which no disk does.</param>
    public void CutTo(string from, string to, int unit)
    {
        Directory.CreateDirectory(to); 
        foreach (var directory in Directory.GetDirectories(from, "*", SearchOption.AllDirectories).Prepend(from))
        {
            var target = Path.Combine(to, Path.GetRelativePath(from, directory));
            Directory.CreateDirectory(target);
            var now = NamesNow(directory);
            var flushed = _names.GetValueOrDefault(Key(directory)) ?? [];
            foreach (var (name, inode) in now)
            {
                // Only the logs' own folders are under test: a log that is not there at all is the node's to notice.
                var isCertain = (flushed.TryGetValue(name, out var before) && before == inode) || !IsLogFolder(directory);
                if (!isCertain && random.Chance(50)) continue;
                using var file = Open(Path.Combine(directory, name));
                var isDurable = name == StoreFormat.StoreFile; // Replaced as a whole, by the environment.
                File.WriteAllBytes(Path.Combine(target, name), isDurable ? Content(file) : Mixture(inode, Content(file), unit));
            }
            foreach (var (name, inode) in flushed)
            {
                // Renamed or deleted since, and the directory was not flushed: the name may be back, with whatever the file holds by now.
                if (!now.ContainsKey(name) && IsLogFolder(directory) && random.Chance(50) && _versions.TryGetValue(inode, out var versions))
                    File.WriteAllBytes(Path.Combine(target, name), Mixture(inode, versions[^1], unit));
            }
        }
    }

    private static void ForEach(string directory, Action<string, SafeFileHandle> file, Action<string, Dictionary<string, long>> names)
    {
        string[] directories = [directory, .. Directory.GetDirectories(directory, "*", SearchOption.AllDirectories)];
        foreach (var path in directories.SelectMany(Files))
        {
            using var handle = Open(path);
            file(path, handle);
        }
        foreach (var each in directories) names(Key(each), NamesNow(each));
    }

    /// <summary>A folder is made under another name, and renamed when it is complete.</summary>
    private static string Key(string directory) => directory.Replace(StoreFormat.New, "", StringComparison.Ordinal);

    private static bool IsLogFolder(string directory) => Path.GetFileName(Path.GetDirectoryName(directory)) == StoreFormat.Logs;

    private byte[] Mixture(long inode, byte[] now, int unit)
    {
        var versions = _versions.TryGetValue(inode, out var known) ? [.. known] : new List<byte[]> { _garbage[(int)(random.Next() % (ulong)_garbage.Count)] };
        versions.Add(now);
        var newestPercent = (int)(random.Next() % 3) * 50;
        var mixture = new byte[now.Length];
        for (var at = 0; at < now.Length; at += unit)
        {
            var version = random.Chance(newestPercent) ? now : versions[(int)(random.Next() % (ulong)versions.Count)];
            var length = Math.Min(unit, now.Length - at);
            if (version.Length >= at + length) version.AsSpan(at, length).CopyTo(mixture.AsSpan(at));
        }
        if (_garbage.Count < 20) _garbage.Add(now);
        return mixture;
    }

    private void Call(Action effect)
    {
        if (CallsLeft == 0) throw new PowerCutException();
        var isCutHere = CallsLeft > 0 && --CallsLeft == 0;
        if (isCutHere && random.Chance(50)) throw new PowerCutException();
        effect();
        if (isCutHere) throw new PowerCutException();
    }

    private static Dictionary<string, long> NamesNow(string directory) => Files(directory).ToDictionary(
        path => Path.GetFileName(path),
        path =>
        {
            using var file = Open(path);
            return Inode(file);
        });

    /// <summary>All but the lock file, which cannot be opened.</summary>
    private static IEnumerable<string> Files(string directory) =>
        Directory.GetFiles(directory).Where(path => Path.GetFileName(path) != StoreFormat.LockFile).Order(StringComparer.Ordinal);

    private static SafeFileHandle Open(string path) => File.OpenHandle(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite);

    private static long Inode(SafeFileHandle file) => long.Parse(
        File.ReadLines($"/proc/self/fdinfo/{file.DangerousGetHandle()}").First(line => line.StartsWith("ino:", StringComparison.Ordinal)).AsSpan(4), null);

    private static byte[] Content(SafeFileHandle file)
    {
        var content = new byte[RandomAccess.GetLength(file)];
        RandomAccess.Read(file, content, 0);
        return content;
    }
}
