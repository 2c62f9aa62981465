import { build } from 'vite';
import { mkdtempSync, mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
const folder = mkdtempSync('/tmp/tw-'); mkdirSync(folder+'/node_modules'); symlinkSync(process.cwd(), folder+'/node_modules/nova-webgpu');
writeFileSync(folder+'/main.js', process.argv[2]);
const r = await build({ root: folder, configFile:false, logLevel:'silent', build:{write:false,minify:false,modulePreload:false,rollupOptions:{input:folder+'/main.js',preserveEntrySignatures:'strict'}}});
const out=[r].flat().flatMap(x=>'output' in x?x.output:[]).filter(c=>c.type==='chunk');
for (const c of out) { console.log(c.fileName, c.code.length, c.isEntry); writeFileSync('/tmp/w/twins-tmp/x-'+c.fileName.replace('assets/','').replace(/-.*/,'.js'), c.code); }
